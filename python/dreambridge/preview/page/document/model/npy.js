// A table of numbers as a NumPy file, version 1.0, float32: what protocol/CUTSCENE.md takes for the features of a sound.

/** The bytes of an .npy for rows of equal length. */
export function npy(rows) {
  const columns = rows[0]?.length ?? 0;
  const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${columns}), }`;
  const length = Math.ceil((10 + about.length + 1) / 64) * 64; // the values begin at a multiple of 64
  const out = new ArrayBuffer(length + rows.length * columns * 4);
  const bytes = new Uint8Array(out);
  bytes.set([0x93, ...[..."NUMPY"].map((c) => c.charCodeAt(0)), 1, 0]);
  const view = new DataView(out);
  view.setUint16(8, length - 10, true);
  bytes.set([...about.padEnd(length - 11)].map((c) => c.charCodeAt(0)).concat(10), 10);
  rows.flat().forEach((v, k) => view.setFloat32(length + 4 * k, v, true));
  return bytes;
}
