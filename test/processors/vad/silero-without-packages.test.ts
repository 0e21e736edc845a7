import { expect, it, vi } from "vitest";

import { SileroVADAnalyzer } from "../../../src/processors/index.ts";
import { MissingPackageError } from "../../../src/util/missing-package.ts";

vi.mock("node:module", () => ({
  createRequire: () => {
    const fail = (name: string): never => {
      throw new Error(`Cannot find module '${name}'`);
    };
    return Object.assign(fail, { resolve: fail });
  },
}));

it("names the missing packages, and only those it needs", async () => {
  const both = new SileroVADAnalyzer().prepare();
  await expect(both).rejects.toThrow(MissingPackageError);
  await expect(both).rejects.toMatchObject({
    code: "missingPackage",
    packages: ["onnxruntime-web", "@ricky0123/vad-web"],
    message: expect.stringContaining("npm install onnxruntime-web @ricky0123/vad-web") as string,
  });
  const ownModel = new SileroVADAnalyzer({ modelPath: "my.onnx" }).prepare();
  await expect(ownModel).rejects.toMatchObject({ packages: ["onnxruntime-web"] });
});
