import { ControlFrame, SystemFrame } from "./frame.ts";

/** What a service changes while it runs; each service knows its own keys. */
export type ServiceSettings = Readonly<Record<string, unknown>>;

/** Changes settings of the speech-to-text service. */
export class STTUpdateSettingsFrame extends ControlFrame {
  readonly kind = "STTUpdateSettingsFrame";
  override readonly uninterruptible = true;
  readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    super();
    this.settings = settings;
  }
}

/** Changes settings of the model's service. */
export class LLMUpdateSettingsFrame extends ControlFrame {
  readonly kind = "LLMUpdateSettingsFrame";
  override readonly uninterruptible = true;
  readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    super();
    this.settings = settings;
  }
}

/** Changes settings of the text-to-speech service. */
export class TTSUpdateSettingsFrame extends ControlFrame {
  readonly kind = "TTSUpdateSettingsFrame";
  override readonly uninterruptible = true;
  readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    super();
    this.settings = settings;
  }
}

/** What others need to know of a service; broadcast after the StartFrame. */
export class ServiceMetadataFrame extends SystemFrame {
  readonly kind: "ServiceMetadataFrame" | "STTMetadataFrame" | "LLMServiceMetadataFrame" = "ServiceMetadataFrame";
  readonly serviceName: string;

  constructor(serviceName: string) {
    super();
    this.serviceName = serviceName;
  }
}

export class STTMetadataFrame extends ServiceMetadataFrame {
  override readonly kind = "STTMetadataFrame";
  /** From the end of speech to the final transcript, 99th percentile, in milliseconds; turn strategies wait this long. */
  readonly ttfsP99LatencyMs: number;

  constructor(serviceName: string, ttfsP99LatencyMs: number) {
    super(serviceName);
    this.ttfsP99LatencyMs = ttfsP99LatencyMs;
  }
}

export class LLMServiceMetadataFrame extends ServiceMetadataFrame {
  override readonly kind = "LLMServiceMetadataFrame";
  /** Whether it hears and speaks by itself. */
  readonly isRealtimeService: boolean;

  constructor(serviceName: string, isRealtimeService: boolean) {
    super(serviceName);
    this.isRealtimeService = isRealtimeService;
  }
}
