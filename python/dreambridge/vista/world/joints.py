"""The joints of a figure in COCO order, as places in a pose [..., 17, 3]."""

JOINTS = 17
HEAD = slice(0, 5)  # nose, eyes, ears
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW, LEFT_WRIST, RIGHT_WRIST = range(5, 11)
LEFT_HIP, RIGHT_HIP, LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE = range(11, 17)
SHOULDERS, HIPS, ANKLES = slice(5, 7), slice(11, 13), slice(15, 17)
# The three numbers of a joint: x and y in 0-1 of the picture, and how visible it is, 0-1.
POSITION, X, Y, VISIBILITY = slice(0, 2), 0, 1, 2
