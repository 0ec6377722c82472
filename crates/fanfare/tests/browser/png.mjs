// The same picture with a palette of at most 48 colours: pages are flat, so the eye sees no
// difference, and the file is a fifth as large.
import zlib from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 48;

/** An opaque PNG of 8 bits per channel, not interlaced, made small. */
export function withPalette(png) {
  const { width, height, pixels } = decode(png);
  const { palette, nearest } = quantise(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = nearest(pixels[y * width + x]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((it) => [it >> 16, (it >> 8) & 255, it & 255]));
  return Buffer.concat([
    SIGNATURE, chunk('IHDR', head), chunk('PLTE', colours),
    chunk('IDAT', zlib.deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Pixels as 0xrrggbb. */
function decode(png) {
  const parts = [];
  let head;
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') head = data;
    if (kind === 'IDAT') parts.push(data);
    at += 12 + length;
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const step = head[9] === 6 ? 4 : 3;
  const lines = unfiltered(zlib.inflateSync(Buffer.concat(parts)), width * step, height, step);
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) {
    const [r, g, b] = [lines[at * step], lines[at * step + 1], lines[at * step + 2]];
    pixels[at] = (r << 16) | (g << 8) | b;
  }
  return { width, height, pixels };
}

/** Undoes the filter of each line (PNG specification, 9). */
function unfiltered(data, stride, height, step) {
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= step ? lines[at - step] : 0;
      const up = y > 0 ? lines[at - stride] : 0;
      const corner = x >= step && y > 0 ? lines[at - stride - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      lines[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return lines;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((it) => Math.abs(guess - it));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** A palette of frequent colours, and which of them is nearest. */
function quantise(pixels) {
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = [];
  // The grounds first, which differ little; then what is well apart; then what is left.
  for (const [most, apart] of [[14, 8], [COLOURS, 900], [COLOURS, 200], [COLOURS, 0]]) {
    for (const colour of byCount) {
      if (palette.length === most) break;
      if (palette.every((known) => distance(known, colour) > apart)) palette.push(colour);
    }
  }
  const known = new Map();
  const nearest = (colour) => {
    if (!known.has(colour)) {
      const away = palette.map((it) => distance(it, colour));
      known.set(colour, away.indexOf(Math.min(...away)));
    }
    return known.get(colour);
  };
  return { palette, nearest };
}

function distance(one, other) {
  const [r, g, b] = [16, 8, 0].map((bits) => ((one >> bits) & 255) - ((other >> bits) & 255));
  return r * r + g * g + b * b;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const frame = Buffer.alloc(12 + data.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 8 + data.length);
  return frame;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
