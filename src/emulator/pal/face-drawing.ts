/** The face is designed at this size and scaled by height; it stays in the middle. */
const DESIGN_WIDTH = 320;
const DESIGN_HEIGHT = 240;
/** Luma and chroma of the background, the skin, and the dark of eyes and mouth. */
const BACKGROUND = { y: 90, u: 150, v: 110 };
const SKIN = { y: 180, u: 110, v: 150 };
const DARK_Y = 40;
const MARK = { off: 16, on: 235, chroma: 128 };
const MOUTH = { top: 150, bottom: 210, x: 160, y: 178, width: 30, least: 3, most: 25 };

/** A picture as I420 (a full plane of luma, then two of chroma at half the size each way), and the same without its mouth. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly picture: Uint8ClampedArray;
  readonly still: Uint8ClampedArray;
}

function inEllipse(x: number, y: number, cx: number, cy: number, rx: number, ry: number): boolean {
  return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
}

/** Pixels per unit of the design, and the left edge of the design in the picture. */
function place({ width, height }: { readonly width: number; readonly height: number }) {
  const scale = height / DESIGN_HEIGHT;
  return { scale, left: (width - DESIGN_WIDTH * scale) / 2 };
}

/** Side of the square mark in the top left corner, in pixels: an eighth of the height, even. */
function markSide(height: number): number {
  return Math.round(height / 16) * 2;
}

/** Draws the face with a closed mouth and a black mark. Width and height must be even. */
export function drawFace(width: number, height: number): Drawing {
  const still = new Uint8ClampedArray((width * height * 3) / 2);
  const { scale, left } = place({ width, height });
  const isFace = (x: number, y: number): boolean => inEllipse(x, y, 160, 120, 85, 105);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [(column - left) / scale, row / scale];
      const isEye = inEllipse(x, y, 128, 95, 9, 13) || inEllipse(x, y, 192, 95, 9, 13);
      still[row * width + column] = isEye ? DARK_Y : isFace(x, y) ? SKIN.y : BACKGROUND.y;
    }
  }
  const chroma = width * height;
  const half = chroma / 4;
  const side = markSide(height);
  for (let row = 0; row < height / 2; row++) {
    for (let column = 0; column < width / 2; column++) {
      const at = chroma + row * (width / 2) + column;
      const isMark = row * 2 < side && column * 2 < side;
      const colour = isFace((column * 2 - left) / scale, (row * 2) / scale) ? SKIN : BACKGROUND;
      still[at] = isMark ? MARK.chroma : colour.u;
      still[at + half] = isMark ? MARK.chroma : colour.v;
    }
  }
  const drawing = { width, height, still, picture: still.slice() };
  fillMark(drawing, false);
  return drawing;
}

/** Opens the mouth: 0 closed, 1 wide open. */
export function darkenMouth(drawing: Drawing, open: number): void {
  const { width, still, picture } = drawing;
  const { scale, left } = place(drawing);
  const [top, bottom] = [Math.floor(MOUTH.top * scale), Math.ceil(MOUTH.bottom * scale)];
  picture.set(still.subarray(top * width, bottom * width), top * width);
  const openness = MOUTH.least + open * (MOUTH.most - MOUTH.least);
  for (let row = top; row < bottom; row++) {
    // The ellipse's width in this row, so that a large picture costs a fill per row and not a test per pixel.
    const reach = 1 - ((row / scale - MOUTH.y) / openness) ** 2;
    if (reach <= 0) continue;
    const half = MOUTH.width * Math.sqrt(reach);
    const from = row * width + Math.round(left + (MOUTH.x - half) * scale);
    picture.fill(DARK_Y, from, row * width + Math.round(left + (MOUTH.x + half) * scale));
  }
}

/** Fills the mark with white (`on`) or black. */
export function fillMark({ width, height, picture }: Drawing, on: boolean): void {
  const side = markSide(height);
  for (let row = 0; row < side; row++) picture.fill(on ? MARK.on : MARK.off, row * width, row * width + side);
}
