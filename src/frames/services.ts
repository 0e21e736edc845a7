import { ControlFrame, SystemFrame } from "./frame.ts";

/** Settings that a service can change while it runs; each service defines its own keys. */
export type ServiceSettings = Readonly<Record<string, unknown>>;

/** Changes settings of the speech-to-text service. */
export class STTUpdateSettingsFrame extends ControlFrame {
  readonly kind = "STTUpdateSettingsFrame";
  override readonly uninterruptible = true;
  /** The settings to change; others stay as they are. */
  readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    super();
    this.settings = settings;
  }
}

/** Changes settings of the LLM service. */
export class LLMUpdateSettingsFrame extends ControlFrame {
  readonly kind = "LLMUpdateSettingsFrame";
  override readonly uninterruptible = true;
  /** The settings to change; others stay as they are. */
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
  /** The settings to change; others stay as they are. */
  readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    super();
    this.settings = settings;
  }
}

/** Describes a service to other processors. Broadcast after the StartFrame. */
export class ServiceMetadataFrame extends SystemFrame {
  readonly kind: "ServiceMetadataFrame" | "STTMetadataFrame" | "LLMServiceMetadataFrame" = "ServiceMetadataFrame";
  /** Name of the service's processor. */
  readonly serviceName: string;

  constructor(serviceName: string) {
    super();
    this.serviceName = serviceName;
  }
}

/** Describes a speech-to-text service. Broadcast after the StartFrame. */
export class STTMetadataFrame extends ServiceMetadataFrame {
  override readonly kind = "STTMetadataFrame";
  /**
   * Time from the end of speech to the final transcript, 99th percentile, in milliseconds. Turn strategies wait this
   * long.
   */
  readonly ttfsP99LatencyMs: number;

  constructor(serviceName: string, ttfsP99LatencyMs: number) {
    super(serviceName);
    this.ttfsP99LatencyMs = ttfsP99LatencyMs;
  }
}

/** Describes an LLM service. Broadcast after the StartFrame. */
export class LLMServiceMetadataFrame extends ServiceMetadataFrame {
  override readonly kind = "LLMServiceMetadataFrame";
  /** Whether the service takes and produces speech itself. */
  readonly isRealtimeService: boolean;

  constructor(serviceName: string, isRealtimeService: boolean) {
    super(serviceName);
    this.isRealtimeService = isRealtimeService;
  }
}
