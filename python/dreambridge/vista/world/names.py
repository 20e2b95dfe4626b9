"""Dimensions and their names, shared by the world, the painter and the network.

The weights of a choice are a tensor [B, n] in the order of its tuple; the constants under each tuple are places in that order:
``weather[:, STORM]``. ``INDEX`` gives the place of a plane: ``planes[:, INDEX["roof"]]``.
"""

SIZE = 256
HALF = SIZE // 2
WIDE = 448  # columns of the wide picture; its rows are SIZE too
MIDDLE = 128  # the middle column of every picture, whatever its width
HORIZON_ROW = 150  # where sky and land meet; zooming leaves this row where it is
WATER_LINE = 168.0

WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog")
CLEAR, CLOUDY, RAIN, STORM, SNOW, FOG = range(6)
BIOMES = ("forest", "desert", "mountain", "coast")
FOREST, DESERT, MOUNTAIN, COAST = range(4)
SEASONS = ("spring", "summer", "autumn", "winter")
SPRING, SUMMER, AUTUMN, WINTER = range(4)
STYLES = ("plain", "oil", "watercolour", "ink", "poster", "neon")
PLAIN, OIL, WATERCOLOUR, INK, POSTER, NEON = range(6)
MOMENTS = ("lightning", "falling_star", "birds", "lamp")
LIGHTNING, FALLING_STAR, BIRDS, LAMP = range(4)
BANDS = 16
ONSET = BANDS  # the last of the audio's BANDS + 1 numbers
SINE, COSINE = range(2)  # of the hour's angle; 0 h is angle 0
SNOW_COVER, WETNESS = range(2)  # the slow state

# The planes. Coverages are premultiplied (front to back), the surface planes are weighted by them; all planes are in 0-1.
PLANES = (
    "far", "mid", "near", "ground", "water", "plant", "wall", "roof", "window", "rear_limbs", "body", "front_limbs",
    "depth", "local", "slope", "variation",
    "cloud", "rain", "flake", "star", "texture", "ripple", "mote",
    "shadow", "spark", "bird",
)  # fmt: skip
COVERAGES = 12
INDEX = {name: i for i, name in enumerate(PLANES)}
FAR, MID, NEAR, GROUND = range(4)  # the layers of land, which are the first planes

# The condition vector that the painter and the network see: sin/cos of the hour and of twice the hour, weights of weather and
# biome, energy, the lightning's flash, weights of season and style, the music's pulse, lamps that an event has lit.
PARTS = {
    "turn": 4, "weather": len(WEATHERS), "biome": len(BIOMES), "energy": 1, "flash": 1,
    "season": len(SEASONS), "style": len(STYLES), "pulse": 1, "lamp": 1,
}  # fmt: skip
VECTOR = sum(PARTS.values())
