// The 17 joints of a pose in COCO order, and which of them are joined by a bone.

export const BONES = [[5, 7], [7, 9], [6, 8], [8, 10], [5, 6], [5, 11], [6, 12], [11, 12], [11, 13], [13, 15], [12, 14], [14, 16], [0, 5], [0, 6]];

/** The figures in a value of the condition `c`: lists of [x, y, visibility]. */
export const figuresIn = (c, value) => ((c?.figures ?? 1) > 1 ? value : [value]);

/** The bones of a figure whose ends can both be seen: [[x, y], [x, y]]. */
export const bonesOf = (figure) => BONES.filter(([a, b]) => figure[a]?.[2] && figure[b]?.[2]).map(([a, b]) => [figure[a].slice(0, 2), figure[b].slice(0, 2)]);
