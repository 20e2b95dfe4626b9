"""Names and sizes that the stage, the painter and the network share."""

SIZE = 256
HALF = SIZE // 2
WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog")
BIOMES = ("forest", "desert", "mountain", "coast")
# Coverages are premultiplied (front to back), the surface planes are weighted by them; all planes lie in 0-1.
PLANES = (
    "far", "mid", "near", "ground", "water", "plant", "wall", "roof", "window", "rear_limbs", "body", "front_limbs",
    "depth", "local", "slope", "variation",
    "cloud", "rain", "flake", "star", "texture", "ripple", "mote",
)  # fmt: skip
COVERAGES = 12
INDEX = {name: i for i, name in enumerate(PLANES)}
# The condition vector that the painter and the network see: sin/cos of the hour and of twice the hour, weather and biome
# weights, energy and the lightning flash.
VECTOR = 4 + len(WEATHERS) + len(BIOMES) + 2
WATER_LINE = 168.0
