"""Names and sizes that the stage, the painter and the network share."""

SIZE = 256
HALF = SIZE // 2
WIDE = 448  # columns of the wide picture; its rows are SIZE too
WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog")
BIOMES = ("forest", "desert", "mountain", "coast")
SEASONS = ("spring", "summer", "autumn", "winter")
STYLES = ("plain", "oil", "watercolour", "ink", "poster", "neon")
MOMENTS = ("lightning", "falling_star", "birds", "lamp")
BANDS = 16
# Coverages are premultiplied (front to back), the surface planes are weighted by them; all planes lie in 0-1.
PLANES = (
    "far", "mid", "near", "ground", "water", "plant", "wall", "roof", "window", "rear_limbs", "body", "front_limbs",
    "depth", "local", "slope", "variation",
    "cloud", "rain", "flake", "star", "texture", "ripple", "mote",
    "shadow", "spark", "bird",
)  # fmt: skip
COVERAGES = 12
INDEX = {name: i for i, name in enumerate(PLANES)}
# The condition vector that the painter and the network see: sin/cos of the hour and of twice the hour, weights of weather and
# biome, energy, the lightning's flash, weights of season and style, the music's pulse, lamps that an event has lit.
PARTS = {
    "turn": 4, "weather": len(WEATHERS), "biome": len(BIOMES), "energy": 1, "flash": 1,
    "season": len(SEASONS), "style": len(STYLES), "pulse": 1, "lamp": 1,
}  # fmt: skip
VECTOR = sum(PARTS.values())
WATER_LINE = 168.0
