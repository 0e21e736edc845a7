// An ONNX model of three nodes, as protobuf bytes: it takes one value of the features, and squashes it to a probability.
// Field numbers are those of onnx.proto.
import { FEATURE_FRAMES, MEL_BANDS } from "../../../src/services/smart-turn/log-mel.ts";

/** The band whose level in the last window the model takes: about 200 Hz. */
export const JUDGED_BAND = 5;

const FLOAT = 1;
const INT64 = 7;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

const int = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): number[] => bytes(field, [...Buffer.from(content)]);

function value(name: string, dims: readonly number[]): number[] {
  const shape = dims.flatMap((dim) => bytes(1, int(1, dim)));
  return [...text(1, name), ...bytes(2, bytes(1, [...int(1, FLOAT), ...bytes(2, shape)]))];
}

/** Takes the element at `index` of axis 1. */
function gather(input: string, indexName: string, output: string): number[] {
  const axis = [...text(1, "axis"), ...int(3, 1), ...int(20, 2)];
  return [...text(1, input), ...text(1, indexName), ...text(2, output), ...text(4, "Gather"), ...bytes(5, axis)];
}

function scalar(name: string, index: number): number[] {
  const raw = Buffer.alloc(8);
  raw.writeBigInt64LE(BigInt(index));
  return [...int(2, INT64), ...text(8, name), ...bytes(9, [...raw])];
}

/** Creates the model. Its output is `sigmoid(input[0][JUDGED_BAND][last])`. */
export function createTinyModel(inputName = "input_features"): Uint8Array {
  const graph = [
    ...bytes(1, gather(inputName, "band", "levels")),
    ...bytes(1, gather("levels", "window", "level")),
    ...bytes(1, [...text(1, "level"), ...text(2, "probability"), ...text(4, "Sigmoid")]),
    ...text(2, "tiny"),
    ...bytes(5, scalar("band", JUDGED_BAND)),
    ...bytes(5, scalar("window", FEATURE_FRAMES - 1)),
    ...bytes(11, value(inputName, [1, MEL_BANDS, FEATURE_FRAMES])),
    ...bytes(12, value("probability", [1])),
  ];
  return Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ""), ...int(2, 13)])]);
}
