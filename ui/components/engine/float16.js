// IEEE 754 half precision to single precision; exact, since every half is a single.

const SUBNORMAL_STEP = 2 ** -24;

export function float16ToFloat32(halves) {
  const singles = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const bits = halves[i];
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) singles[i] = sign * fraction * SUBNORMAL_STEP;
    else if (exponent === 31) singles[i] = fraction ? NaN : sign * Infinity;
    else singles[i] = sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
  }
  return singles;
}
