"""More wordings for the grammar, in the forms of ``wordings``; hours of the clock are worked out."""

from dreambridge.vista.prompt.wordings import Words

MORE: dict[str, dict[str, Words]] = {
    "hour": {
        "midnight": {
            "a": ("deep-night", "inky", "lightless", "moonless", "ink-black"),
            "n": ("the witching hour", "a moonless sky", "the hour of ghosts", "the stroke of midnight", "the blackest hour", "a million stars", "the constellations", "the Milky Way", "a silver moon", "the moon at its highest", "a pitch-black sky"),
            "p": ("at the stroke of twelve at night", "as the clock strikes midnight", "in the witching hour", "while everyone sleeps", "in the blackest night", "under countless stars", "when ghosts walk", "halfway through the night", "under a silver moon", "beneath the constellations", "lit only by stars"),
            "c": ("the clock strikes midnight", "ghosts come out", "the moon is the only light", "the town lies fast asleep", "it is the witching hour", "the constellations wheel overhead", "not a lamp is burning", "a new day has just begun on the clock", "it is so dark that nothing can be seen", "the night is half over"),
        },
        "small hours": {
            "a": ("sleepless", "predawn"),
            "n": ("the wee hours", "the end of a sleepless night", "the time when bakers get up", "the coldest hour of the night", "the darkness before the dawn"),
            "p": ("in the small hours", "at an ungodly hour", "hours before daylight", "a couple of hours before sunrise", "while the baker is already working", "near the end of the night", "when night shifts end", "while it is still night", "before the cock crows", "before anyone gets up"),
            "c": ("bakers light their ovens", "the night is nearly through", "nobody is up yet", "sunrise is hours away", "the party is over and it is still night", "the last guests go home", "it will not be light for hours", "the night drags on towards morning"),
        },
        "dawn": {
            "a": ("daybreak", "dawning", "rosy-fingered", "sunrise"),
            "n": ("the rising of the sun", "the dawn chorus", "the pale light of early day", "a pink morning sky", "the morning star", "the sun coming up", "the very first sunlight", "the glow in the east", "aurora", "the birth of the day", "the sun's first beams", "cock-crow", "a pale eastern sky"),
            "p": ("with the first birdsong", "as the stars fade", "as darkness gives way to light", "as the sun comes up", "before the village wakes", "with the rooster's call", "while the sun climbs over the horizon", "at the break of day", "in the first glow of morning", "at sunup", "as night turns into day", "when the sun peeps out", "on the first light"),
            "c": ("the rooster crows", "the stars grow pale", "the horizon brightens in the east", "night gives way to day", "the sun lifts above the horizon", "the birds begin to sing", "the sky turns pink in the east", "the sun awakens", "light creeps over the land", "the night ends", "the dark retreats", "it is beginning to get light", "the sun is just coming up"),
        },
        "morning": {
            "a": ("mid-morning", "forenoon", "fresh morning", "breakfast-time"),
            "n": ("coffee time in the morning", "the start of the working day", "the way to school", "a bright morning", "brunch", "breakfast on the terrace", "the early part of the day", "a morning stroll", "morning dew", "the late morning", "the rest of the morning"),
            "p": ("over the first coffee", "at breakfast", "before lunch", "on the way to school", "as the shops open", "during the morning", "some time after sunrise", "when work begins", "with the morning paper", "at brunch", "on the morning walk", "when children go to school", "at half past nine in the morning", "all morning"),
            "c": ("the shops are opening", "children walk to school", "the postman does his round", "coffee is brewing", "the milkman has been", "breakfast is on the table", "the working day starts", "the dew has not dried yet", "the sun is well up", "we have just had breakfast", "the morning is half gone", "everyone is on the way to work"),
        },
        "noon": {
            "a": ("high-noon", "bright daylight", "daylight", "meridian"),
            "n": ("high noon", "the noonday sun", "lunch hour", "lunch break", "siesta time", "the sun at its zenith", "full daylight", "the brightest part of the day", "the sun right overhead", "a vertical sun", "the day at its height", "a shadowless light"),
            "p": ("with the sun at its zenith", "over lunch", "at lunch", "during the lunch break", "as the church bells ring twelve", "under the noonday sun", "in the glare of midday", "at siesta time", "when there are no shadows", "halfway through the day", "at the brightest hour", "in plain daylight", "in the light of day"),
            "c": ("the bells ring for noon", "the sun is at its zenith", "lunch is served", "the shadows have shrunk to nothing", "everyone is having lunch", "the light is harsh from above", "it is high noon", "half the day is over", "the market closes for lunch", "it is broad daylight", "the sun beats down from above", "people take their siesta"),
        },
        "afternoon": {
            "a": ("mid-afternoon", "late-afternoon", "post-lunch"),
            "n": ("coffee and cake in the afternoon", "the hours after lunch", "a drowsy afternoon", "the later part of the day", "the school run home", "tea time", "the slanting light of the afternoon", "the second half of the day", "five o'clock tea"),
            "p": ("over tea", "when school is out", "after the midday meal", "some hours after noon", "as the afternoon wears on", "while the shadows begin to lengthen", "over coffee and cake", "during the afternoon", "all afternoon", "when children come home from school", "a few hours before sunset", "at teatime", "in the late afternoon"),
            "c": ("children come home from school", "it is time for tea", "the midday heat is past", "the shadows begin to lengthen", "the sun has begun to sink", "the afternoon drags on", "school is over for today", "there are a few hours of daylight left", "the day is past its middle", "it is the middle of the afternoon"),
        },
        "sunset": {
            "a": ("sundown", "sun-setting", "crepuscular", "red-skied", "afterglow", "sunset-lit"),
            "n": ("the sinking sun", "the going down of the sun", "a blood-red sun on the horizon", "the afterglow", "the last sunlight of the day", "a fiery sky in the west", "gloaming", "the sun low in the west", "the red of the evening sky", "the close of the day", "an amber sky", "the day's last light", "the sun sinking into the sea"),
            "p": ("as the day draws to a close", "as the light fades", "when the sun dips down", "in the last rays", "in the gloaming", "as the sky turns red in the west", "with the sun sinking", "towards nightfall", "as dusk gathers", "at the close of day", "while the west is on fire", "at day's end", "before darkness falls", "on the way home from work"),
            "c": ("the west is on fire", "the sun kisses the horizon", "the sun sinks", "daylight is fading", "the day draws to a close", "the sun says goodbye", "the sun slips behind the hills", "dusk gathers", "the sky is ablaze at the end of the day", "the sun hangs just above the horizon in the west", "the daylight goes", "the last of the sun is leaving", "the horizon burns orange"),
        },
        "evening": {
            "a": ("lamplit evening", "after-sunset", "blue-hour"),
            "n": ("supper time", "dinner time", "the early night", "an evening walk", "vespers", "evening twilight", "the deepening twilight", "the blue light after sunset", "the first star", "the evening star", "a quiet evening at home", "the onset of night", "a summer evening"),
            "p": ("over supper", "at dinner", "at supper time", "as the street lamps come on", "an hour after sunset", "in the deepening twilight", "under the evening star", "when the children go to bed", "as the first stars come out", "in the course of the evening", "just after nightfall", "when it gets dark", "before bedtime", "in twilight"),
            "c": ("supper is ready", "the street lamps come on", "the children are put to bed", "the evening star appears", "the last blue fades from the sky", "candles are lit", "families sit at dinner", "the windows light up one by one", "darkness is falling", "the sun went down an hour ago", "the theatre doors open", "it grows dark", "people come home and light their lamps"),
        },
        "night": {
            "a": ("after-dark", "star-filled", "sleeping", "nighttime", "unlit", "sunless"),
            "n": ("bedtime", "the dark of night", "the hours of darkness", "a starless night", "a night under the stars", "the night shift", "crickets in the dark", "the nightingale's song", "the moon and the stars", "the sleeping world", "a black night"),
            "p": ("when all the lamps are out", "while the town sleeps", "under cover of darkness", "in the dead dark", "at bedtime", "with torches in the dark", "under the stars", "in the moon's light", "during the night shift", "when bats are out", "by torchlight in the dark", "all night long", "by starlight", "when everyone has gone to bed", "when the lights go out"),
            "c": ("everyone has gone to bed", "the lights go out", "crickets chirp in the darkness", "a nightingale sings", "fireflies are the only light", "the sun has long been gone", "night lies over everything", "we sleep under the stars", "only the watchman is awake", "the moon is up", "it is bedtime", "the sky is full of stars", "it is quite dark now"),
        },
    },
    "season": {
        "spring": {
            "a": ("april", "budding", "flowering", "lenten", "may-time", "maytime"),
            "n": ("snowdrops", "daffodils", "apple blossom", "cherry blossom", "almond trees in flower", "newborn lambs", "the first warm days after winter", "the thaw", "pink petals", "spring flowers", "catkins", "wild flowers everywhere", "hatching chicks", "the month of April", "the awakening of nature", "the equinox in March"),
            "p": ("when the cherry trees flower", "at Easter", "after the thaw", "among daffodils", "when lambs are born", "as the buds burst", "under apple blossom", "in the first warm weeks of the year", "in early April", "when winter has gone", "with pink petals in the air", "when the storks come back", "among blooming fruit trees"),
            "c": ("daffodils nod in the grass", "the orchards are in flower", "petals drift from the trees", "lambs jump about", "the thaw has come", "the frost is over at last", "fresh shoots push through the earth", "the swallows are back", "the first bees are out", "green leaves unfold", "the fruit trees flower", "winter is over", "the cuckoo calls"),
        },
        "summer": {
            "a": ("july", "august", "june", "sun-baked", "summertime", "sweltering", "scorching summer"),
            "n": ("ice cream weather", "swimming weather", "ripe wheat", "haymaking", "sunflowers", "the longest days", "cicadas", "the school holidays", "sunburn", "a hot August", "the summer solstice", "fields of poppies", "lazy hot days", "lush green leaves", "strawberries", "barbecue season"),
            "p": ("on the longest day", "in the dog days", "in the school holidays", "in bathing weather", "during a heat wave", "among sunflowers", "when the corn is high", "at the height of the year", "at midsummer", "in the warmest month", "in sweltering heat", "on holiday in August", "when the cicadas sing"),
            "c": ("cicadas sing in the heat", "the corn stands high", "everybody goes barefoot", "children splash in the pool", "the hay is brought in", "the sunflowers are out", "the ice cream melts", "the days are long and hot", "the leaves are thick and dark green", "the grass turns dry in the heat", "we are on our summer holidays"),
        },
        "autumn": {
            "a": ("september", "november", "leaf-strewn", "golden-leaved", "harvest-time", "red-leaved"),
            "n": ("Indian summer", "harvest time", "acorns and chestnuts", "pumpkins", "the grape harvest", "Thanksgiving", "rustling leaves", "copper-coloured trees", "a carpet of fallen leaves", "the turning of the leaves", "bare fields after the harvest", "scarlet maples", "wild geese flying south", "migrating birds", "leaf fall", "mushroom season", "rust-coloured leaves"),
            "p": ("at Thanksgiving", "at Halloween", "among pumpkins", "when the grapes are picked", "under scarlet maples", "when the geese fly south", "in the season of mists", "when the leaves come down", "after the harvest", "in the mushroom season", "amid rustling leaves", "as the year grows old", "when the days get shorter"),
            "c": ("the maples turn scarlet", "geese fly south", "pumpkins lie in the fields", "the trees drop their leaves", "the days grow shorter", "leaves rustle underfoot", "the vines are heavy with grapes", "the forest burns red and gold", "squirrels hide nuts", "the woods turn the colour of rust", "the last leaves cling to the branches", "children collect chestnuts"),
        },
        "winter": {
            "a": ("january", "december", "february", "ice-cold", "ice-bound", "bitterly cold", "hibernal", "yuletide", "sub-zero"),
            "n": ("icicles", "hoarfrost", "bare branches", "a frozen pond", "black ice", "the winter solstice", "New Year's Eve", "Christmas Eve", "a sledge", "the shortest day", "woolly hats and scarves", "a biting frost", "skating on the lake", "the polar cold", "leafless trees", "hot chocolate by the fire", "minus ten degrees"),
            "p": ("on Christmas Eve", "at New Year", "on the shortest day", "in the bitter cold", "on the ice", "in hard frost", "among icicles", "in the dead of winter", "when the pond freezes", "at Yuletide", "in sub-zero cold", "with frozen fingers", "when the bear hibernates", "beneath bare branches"),
            "c": ("icicles hang from the eaves", "the pond is frozen over", "our breath turns to clouds", "the trees stand bare", "bears hibernate", "people wear thick coats", "frost flowers grow on the panes", "the fire crackles against the cold", "the temperature drops below zero", "ice crunches underfoot", "hoarfrost covers the grass", "the year is at its coldest", "we go sledging"),
        },
    },
    "weather": {
        "clear": {
            "a": ("blue-skied", "unclouded", "bright", "sun-kissed", "sunlit", "dry", "crystal-clear"),
            "n": ("picnic weather", "not a cloud in the sky", "unbroken sunshine", "an azure sky", "brilliant sunshine", "a spotless sky", "clear skies", "lovely weather", "settled weather", "a bright blue heaven", "a dry day", "dazzling light", "perfect visibility"),
            "p": ("under an azure sky", "in brilliant sunshine", "without a cloud in sight", "in glorious weather", "in dazzling light", "in the bright sun", "on a bright day", "under a spotless sky", "in clear air", "in dry weather"),
            "c": ("the sky is spotless", "the sun blazes", "there is nothing but blue above", "the last clouds have vanished", "it has brightened up", "it is a beautiful sunny day", "we can see for miles", "the weather is lovely", "it stays dry", "the air is clear as glass", "the sun is out", "what glorious weather"),
        },
        "cloudy": {
            "a": ("clouded", "sunless", "leaden", "cloud-covered", "murky", "dreary", "greyish"),
            "n": ("a leaden sky", "a blanket of clouds", "puffy clouds", "scattered clouds", "cumulus clouds", "rolling clouds", "a sky full of clouds", "a sunless day", "a dreary sky", "cloud banks", "gathering clouds", "broken cloud", "stratus", "a ceiling of cloud"),
            "p": ("under a leaden sky", "beneath a blanket of clouds", "beneath rolling clouds", "with clouds overhead", "under gathering clouds", "on a dull grey day", "without sun", "beneath a sunless sky", "under cumulus clouds"),
            "c": ("the sky is leaden", "clouds roll in", "the sun has gone in", "clouds cover the whole sky", "it is a dull day", "big clouds sail by", "no sun today", "the clouds hang low", "it has clouded over", "grey clouds cover the sun", "the light is flat and grey"),
        },
        "light rain": {
            "a": ("spitting", "showery"), "n": ("a sprinkle", "a sprinkling of rain", "spitting rain", "a passing shower", "a trickle of rain", "fine raindrops", "mizzle"),
            "p": ("in a fine drizzle", "under a sprinkle of rain", "in spitting rain", "with a few drops falling"),
            "c": ("it is spitting", "it sprinkles", "there are a few spots of rain", "a fine drizzle sets in", "a shower passes by"),
        },
        "rain": {
            "a": ("raining", "soggy", "damp and rainy", "drizzling and wet", "pluvial", "dripping"),
            "n": ("wellington boots and umbrellas", "umbrella weather", "rain on the roof", "a wet spell", "drops on the window", "April showers", "a rain front", "a lot of rain", "a grey curtain of rain", "dripping leaves", "a drenching", "muddy puddles", "raincoats"),
            "p": ("under umbrellas", "under dripping trees", "in wet weather", "in a raincoat", "while it rains", "in the wet and cold rain", "through puddles", "with rain on the roof", "on wet roads in the rain"),
            "c": ("umbrellas go up", "rain drums on the roof", "rain drips from the leaves", "the rain sets in", "everyone puts up an umbrella", "it has been raining all day", "the paths turn to mud in the rain", "we get wet", "rain streams down the panes", "the gutters drip", "it is a rainy one"),
        },
        "heavy rain": {
            "a": ("rain-flooded", "pouring", "torrential"), "n": ("torrential rain", "sheets of rain", "a torrent from the sky", "monsoon rain", "the monsoon", "a wall of rain", "lashing rain", "driving rain", "buckets of rain"),
            "p": ("in torrential rain", "in the monsoon", "in lashing rain", "in driving rain", "through a wall of rain", "soaked to the skin"),
            "c": ("it rains cats and dogs", "the rain lashes down", "the monsoon has come", "the streets are flooded by rain", "it rains in torrents", "the rain comes down in buckets", "the rain is lashing", "the downpour does not end"),
        },
        "storm": {
            "a": ("thunderous", "lightning-lit", "squally", "wind-lashed", "gale-swept", "electric-stormy"),
            "n": ("a thunderclap", "forked lightning", "a typhoon", "a tornado", "thunderclouds", "rolling thunder", "a bolt of lightning", "raging winds", "the fury of the elements", "a squall line", "storm clouds", "gale-force winds", "a storm warning", "a lightning bolt", "rumbling thunder"),
            "p": ("in the teeth of the gale", "under thunderclouds", "as lightning strikes", "amid rolling thunder", "in a howling gale", "in wind and thunder", "with lightning all around", "in the eye of the storm", "during a tempest", "in the middle of a hurricane", "between flashes of lightning"),
            "c": ("lightning splits the sky", "the thunder rolls", "a tornado touches down", "the gale tears at the trees", "the elements rage", "lightning rips through the clouds", "trees bend in the gale", "the storm is upon us", "bolts of lightning come down", "hail and wind batter everything", "thunder shakes the ground", "the wind is screaming", "a typhoon hits"),
        },
        "light snow": {
            "a": ("flurried",), "n": ("snow flurries", "scattered flakes", "a sprinkling of snow", "the odd snowflake", "a flurry", "powdery flakes"),
            "p": ("in snow flurries", "with a few flakes in the air", "under a dusting of snow"),
            "c": ("there are snow flurries", "the odd flake falls", "a little snow comes down", "a few snowflakes dance about"),
        },
        "snow": {
            "a": ("snowing", "snow-laden", "white with snow", "snow-white", "snow-dusted", "snow-capped and snowing"),
            "n": ("a snowman", "a snowball fight", "snowdrifts", "a snow-white landscape", "a carpet of snow", "footprints in the snow", "white flakes", "thick snow", "snow everywhere", "a winter wonderland of snow", "knee-deep snow", "snow on the roofs", "crunching snow"),
            "p": ("under a blanket of snow", "under fresh snow", "knee-deep in snow", "with snow falling", "over the snow", "in snowdrifts", "in thick flakes", "while it snows", "among falling flakes", "in the white of the snow"),
            "c": ("children build a snowman", "snow muffles every sound", "white flakes tumble down", "the snow lies deep", "snow piles up", "it has snowed all day", "everything is white", "flakes are falling", "the snow keeps falling", "snow settles on the branches", "we throw snowballs"),
        },
        "heavy snow": {
            "a": ("blizzard-like", "storm-snowed"), "n": ("a raging blizzard", "a howling snowstorm", "blinding snow", "metres of snow", "a wall of snow", "the heaviest snowfall"),
            "p": ("in a raging blizzard", "in blinding snow", "in the thick of a snowstorm", "buried in snow"),
            "c": ("a blizzard rages", "blinding snow hides everything", "the blizzard howls", "we are snowed in", "huge amounts of snow come down"),
        },
        "light fog": {
            "a": ("faintly misty", "thinly veiled"), "n": ("wisps of mist", "a hint of fog", "a delicate haze", "a thin veil of fog", "faint mist"),
            "p": ("through wisps of mist", "in a faint haze", "behind a thin veil of fog"),
            "c": ("wisps of mist float by", "a faint haze lies in the air", "there is a hint of fog"),
        },
        "fog": {
            "a": ("fogged", "mist-covered", "mist-shrouded", "smoky with fog", "vaporous", "steaming", "brumous"),
            "n": ("smog", "a ghostly fog", "rolling fog", "a foghorn", "low visibility", "sea fog", "ground fog", "a shroud of mist", "a cloak of fog", "creeping fog", "vapour", "blurred shapes in the mist", "mist and fog"),
            "p": ("in a shroud of mist", "under a cloak of fog", "in low visibility", "swallowed by mist", "in rolling fog", "amid the mist", "half hidden in fog", "out of the mist", "in murky fog", "in the haze", "through drifting mist"),
            "c": ("the foghorn sounds", "fog creeps in", "everything is blurred by mist", "shapes loom out of the mist", "the world disappears in fog", "the mist does not lift", "fog has settled", "a fog comes up", "visibility is poor", "the fog will not clear", "mist swirls around", "outlines dissolve in the haze"),
        },
        "heavy fog": {
            "a": ("fog-choked",), "n": ("pea soup fog", "a pea-souper", "zero visibility", "fog as thick as milk", "a solid bank of fog"),
            "p": ("in a pea-souper", "in zero visibility", "in fog as thick as milk", "blinded by fog"),
            "c": ("the fog is as thick as soup", "one cannot see one's own hand in the fog", "the fog swallows everything", "there is no seeing through this fog"),
        },
    },
    "biome": {
        "forest": {
            "a": ("forested", "tree-filled", "sylvan", "leafy", "tree-lined", "pine-clad"),
            "n": ("the Black Forest", "a copse", "woodland", "an old-growth forest", "redwoods", "pinewoods", "evergreens", "a hunting lodge in the woods", "the undergrowth", "a bamboo forest", "Sherwood forest", "the treetops", "a fairy-tale wood", "bushes and trees", "conifers", "a canopy of leaves", "the deep woods", "a forest brook", "oak trees", "a woodland trail", "a lumberjack camp", "willows and alders", "mushrooms among the roots", "a tangle of branches"),
            "p": ("under the canopy", "amid the evergreens", "beneath tall trees", "among the oaks", "through the undergrowth", "between tree trunks", "among ferns", "in a copse", "in the pinewoods", "in the backwoods", "in the treetops", "off the forest track", "in the shade of the trees", "where the trees are thick", "behind the trees"),
            "c": ("a deer steps out between the trees", "branches meet overhead", "the trees whisper", "moss covers the trunks", "there are trees everywhere", "the wood is deep", "leaves close overhead", "the path winds between trees"),
        },
        "desert": {
            "a": ("sun-scorched desert", "sandy", "dune-filled", "cactus-strewn", "waterless", "bone-dry", "saharan"),
            "n": ("a mirage", "camels", "a Bedouin camp", "the Kalahari", "Death Valley", "Monument Valley", "the Arabian sands", "the empty quarter", "rippled sand", "a rattlesnake among rocks", "a dust bowl", "tumbleweed", "saguaros", "the pyramids in the sand", "a dry riverbed", "a caravan of camels", "scorpions", "Arizona", "a wadi", "red rock canyons", "hot sand", "scrub and dust", "a ghost town in the desert"),
            "p": ("on camelback", "with a caravan", "among saguaros", "in Monument Valley", "on hot sand", "in Death Valley", "through the sands", "in the sandy waste", "by the pyramids", "in the dust", "across the barren plain", "over the dunes", "where nothing grows", "in the Arabian sands", "past tumbleweed", "in Arizona"),
            "c": ("a camel train passes", "a mirage shimmers", "tumbleweed rolls by", "the sand is scorching", "nothing grows here but cacti", "vultures circle over the sand", "no water for miles", "the wind shapes the dunes"),
        },
        "mountain": {
            "a": ("hilly", "rocky", "high-altitude", "peaked", "craggy", "rugged", "highland"),
            "n": ("the Andes", "Kilimanjaro", "the Matterhorn", "a base camp", "a mountaineer", "mountain goats", "an eagle's nest on a crag", "a cable car", "a climber's rope", "a precipice", "the tree line", "a hut high in the Alps", "a mountain pasture", "a monastery on a peak", "Tibet", "jagged peaks", "a ravine", "alps", "boulders and scree", "a crag", "a volcano", "foothills", "the roof of the world", "a steep rock face", "Switzerland"),
            "p": ("at base camp", "above the tree line", "on the crag", "on the scree", "on the precipice", "up the mountain", "in the Andes", "on the rock face", "at great height", "across the pass", "over the peaks", "in the foothills", "on the roof of the world", "up on the alp", "in the Rockies", "where eagles nest", "on the climb", "by the mountain lake"),
            "c": ("climbers rope up", "the air is thin up here", "a goat stands on the crag", "an avalanche could come down", "the path zigzags up", "summits crowd the horizon", "rocks tower over us", "we climb higher", "the peak is in sight"),
        },
        "coast": {
            "a": ("oceanside", "beachside", "seafront", "tidal", "nautical", "wave-washed", "seashore", "tropical beach"),
            "n": ("the Mediterranean", "the Riviera", "a sailing boat", "fishing boats", "a jetty", "sandcastles", "driftwood and shells", "tide pools", "the Caribbean", "a coral island", "a cliff above the surf", "the tideline", "a peninsula", "the Baltic", "a desert island with coconut palms", "a wharf", "the North Sea", "salt water and gulls", "a promenade by the sea", "Hawaii", "Cornwall's cliffs", "rock pools", "an estuary", "the breakwater", "crashing waves", "a bathing beach", "the docks"),
            "p": ("on the jetty", "among the fishing boats", "on the wharf", "by the breakwater", "on a sailing boat", "along the promenade by the sea", "where the waves break", "at the docks", "on the tideline", "at high tide", "on the Riviera", "at the water's edge", "on board a ship", "on the sandy shore", "in the Caribbean", "with the tide", "by the surf", "among the dunes by the sea", "at the shore", "near the breakers"),
            "c": ("the tide comes in", "gulls wheel over the water", "boats rock at anchor", "a sail appears on the horizon", "surf pounds the rocks", "shells lie in the wet sand", "waves lap at our feet", "fishermen mend their nets", "the ocean stretches out", "we can hear the sea", "breakers thunder in"),
        },
    },
    "style": {
        "plain": {"a": ("unpainted", "default-styled"), "n": ("the default style", "the ordinary look", "no effects"), "p": ("in the default style", "with no effect on it", "without any filter"), "c": ("leave it unpainted", "use no style", "drop the style")},
        "oil": {
            "a": ("oil-colour", "oily", "rembrandt-like", "impressionist", "brush-stroked"),
            "n": ("a Rembrandt", "a Monet", "a Turner canvas", "a museum canvas", "an old master painting", "dabs of oil colour", "layers of oil paint", "thickly laid paint", "a framed oil", "impasto strokes"),
            "p": ("like a Rembrandt", "like a Monet", "in impasto", "brushed in oil colours", "on a canvas with thick paint", "in the style of an old oil painting", "laid on with a palette knife", "with visible brush strokes of oil"),
            "c": ("the canvas is thick with paint", "each brush stroke shows", "it hangs as an oil in a museum"),
        },
        "watercolour": {
            "a": ("water-coloured", "washed-out watercolour", "aquarelle-like", "wet-on-wet"),
            "n": ("a water-colour painting", "watery pigments", "a wash drawing", "pale washes", "bleeding pigments on paper", "a watercolor sketch", "a page from a watercolour sketchbook", "wet-in-wet painting"),
            "p": ("in pale washes", "wet on wet", "in water colours", "like a watercolour", "in aquarelle", "with watery paints", "on wet paper", "in a watercolor wash"),
            "c": ("the paint runs on the wet paper", "the washes are thin and pale", "it is a watercolor", "colours flow into each other on paper"),
        },
        "ink": {
            "a": ("pen-drawn", "ink-wash", "cross-hatched", "hatched", "monochrome ink", "line-drawn"),
            "n": ("a Chinese ink painting", "cross-hatching", "India ink", "a quill drawing", "an engraving", "a black and white pen sketch", "a comic drawn in ink", "fountain pen lines", "a scribbled pen sketch", "a manga page in black ink", "a linocut", "an inked drawing"),
            "p": ("in India ink", "with a quill", "in pen and ink", "in black and white lines", "in cross-hatching", "drawn with a fountain pen", "as an etching", "like an engraving", "with brush and ink", "as a line drawing", "in black lines"),
            "c": ("every line is drawn with a nib", "hatching makes the shadows", "it is all black ink", "the pen scratches over the paper"),
        },
        "poster": {
            "a": ("posterised", "travel-poster", "flat-design", "art-deco", "pop-art", "graphic"),
            "n": ("a WPA national park poster", "pop art", "a railway poster", "a propaganda poster", "flat design", "a concert poster", "cut-out shapes of flat colour", "a tourist poster from the thirties", "a billboard", "a linoprint with few colours", "a retro travel advertisement", "serigraphy"),
            "p": ("as an art deco poster", "in pop art style", "like a billboard", "in flat design", "like a railway poster", "as a vintage advert", "with flat shapes", "in few flat colours", "in the style of old travel posters", "like a print from the thirties"),
            "c": ("simple shapes and flat colours", "it could be a railway poster", "print it as a poster"),
        },
        "neon": {
            "a": ("neon-coloured", "fluorescent", "glowing neon", "outrun", "tron-like", "eighties", "luminous", "blacklight"),
            "n": ("an outrun picture", "a Tron world", "neon tubes", "laser lines", "a blacklight glow", "magenta and cyan", "a retro eighties glow", "a night club of neon", "an arcade glow", "glow sticks", "electric pink and blue", "hologram colours", "Las Vegas lights", "a synthwave album cover"),
            "p": ("like Tron", "in electric pink and cyan", "under blacklight", "in outrun style", "lit by neon tubes", "like an eighties album cover", "in fluorescent colours", "in vaporwave colours", "with glowing outlines", "in laser light", "like Las Vegas"),
            "c": ("neon tubes hum", "the outlines glow pink and blue", "everything shines like a neon sign", "lasers draw glowing lines", "it glows like an arcade"),
        },
    },
    "energy": {
        "low": {
            "a": ("unhurried", "drowsy", "muted", "becalmed", "slow", "placid", "dreamy", "lazy", "noiseless", "soundless", "meditative", "mellow", "subdued"),
            "n": ("calmness", "a whisper", "a slow pace", "an unhurried mood", "contemplation", "a quiet moment", "a pause", "tranquillity", "a hush", "drowsiness", "soft music", "harmony and rest"),
            "p": ("at a slow pace", "without a sound", "in stillness", "in contemplation", "without hurry", "in a whisper", "in harmony", "slowly and quietly", "in deep peace"),
            "c": ("nobody speaks", "it becomes quiet", "everything calms down", "a hush falls", "the music fades away", "hardly anything stirs", "calm down", "take it easy", "peace at last", "all is at rest", "not a sound is heard", "the pace slows"),
        },
        "high": {
            "a": ("exciting", "furious", "rapid", "boisterous", "turbulent", "exuberant", "rousing", "euphoric", "pulsating", "action-packed", "raging", "feverish", "rowdy", "stirring"),
            "n": ("a carnival", "fireworks", "a rock concert", "a chase", "a big celebration", "uproar", "a festival crowd", "a burst of energy", "thundering drums", "adrenaline", "a roaring crowd", "chaos and action", "a samba", "a battle", "maximum intensity", "an outburst"),
            "p": ("at fever pitch", "in full swing", "at breakneck speed", "with roaring guitars", "in wild excitement", "in an uproar", "in a wild chase", "with all its might", "at maximum intensity", "to a pounding beat"),
            "c": ("fireworks go off", "the crowd goes wild", "the drums thunder", "the chase is on", "the bass shakes the floor", "everyone is dancing", "the excitement peaks", "the tempo rises", "adrenaline rushes", "the battle rages", "turn up the energy", "full speed ahead", "cheering and shouting everywhere"),
        },
    },
}  # fmt: skip
# Plainer ones.
PLAIN: dict[tuple[str, str], Words] = {
    ("hour", "midnight"): {"n": ("full darkness", "the dead hours", "total darkness", "a night sky full of constellations", "the moon overhead"), "c": ("the moon rides high", "it is the middle of the night", "the church clock strikes twelve in the dark", "no one is awake at this hour", "stars fill the sky", "the world is black", "an owl hoots"), "p": ("in total darkness", "when the moon is high", "in the depth of night", "at the darkest time", "under the moon")},
    ("hour", "small hours"): {"n": ("the tail end of the night", "the last of the night", "hours of sleeplessness"), "c": ("it will soon be morning but it is dark", "the night is nearing its end", "even the owls are tired", "it is an hour or two before sunrise"), "p": ("right before daybreak", "ahead of the dawn", "well before sunrise", "in the fading night", "with dawn still to come")},
    ("hour", "dawn"): {"n": ("the light of dawn", "a new sunrise", "early light", "the start of the day", "morning's first glow", "the sky before sunrise turning pink"), "c": ("morning breaks", "the first ray hits the land", "the world wakes up", "it is getting light", "a new day begins", "the darkness lifts", "the first birds sing", "the sun is about to rise"), "p": ("with the dawn", "at the start of the day", "by dawn's light", "on waking", "as morning breaks", "before breakfast", "as it gets light", "very early")},
    ("hour", "morning"): {"n": ("the early hours of the working day", "a sunny morning", "breakfast", "the sun of the morning", "a morning in the office", "school morning"), "c": ("breakfast is ready", "people are on their way to work", "the school bell rings for the first lesson", "it is still morning", "the morning is fresh", "it is a new morning"), "p": ("in morning light", "on a bright morning", "after waking up and washing", "with a cup of coffee", "at the start of work", "later in the morning", "this very morning", "by mid-morning")},
    ("hour", "noon"): {"n": ("the day", "the height of the day", "the brightest hour", "a day in full light", "lunch", "lunchtime", "the glare of the sun overhead"), "c": ("the sun is directly above", "it is bright day", "lunch is on the table", "the clock strikes twelve in daylight", "there are hardly any shadows", "the sun stands over our heads"), "p": ("during daytime", "when it is brightest", "at the height of the day", "with lunch", "in daytime", "in strong daylight", "as the sun stands above us")},
    ("hour", "afternoon"): {"n": ("an hour or two after lunch", "tea with biscuits", "the day's later hours", "homework time"), "c": ("the sun moves to the west", "the afternoon passes", "school has finished", "lunch is long over"), "p": ("some time after lunch", "later in the day", "by afternoon", "on an afternoon walk", "after school", "in the hours after noon")},
    ("hour", "sunset"): {"n": ("the day's end", "sunset glow", "a sky of red and gold as day ends", "the sinking of the sun", "the last minutes of daylight", "day turning to night", "the evening red"), "c": ("the sun has almost gone", "the sun is disappearing", "the last light goes", "day turns into night", "the sun sets in the west", "the sun touches the sea", "the sky glows red as the sun goes", "the light goes golden"), "p": ("at the end of the day", "when the sun goes down", "while the sun sets", "as day turns to night", "in the red evening sun", "at the setting of the sun", "by the last light", "with the sun low in the west", "as it begins to get dark")},
    ("hour", "evening"): {"n": ("dinner", "supper", "the hours after sunset", "a cosy evening", "the early evening", "evening time", "the fall of darkness"), "c": ("the sun is down", "evening falls", "it is after sunset", "supper is on the table", "we light the lamps", "the day is over", "it gets dark"), "p": ("in the early evening", "of an evening", "by evening", "with the lamps lit", "soon after sunset", "after work", "at evening", "on an evening walk")},
    ("hour", "night"): {"n": ("the sleeping hours", "a long night", "the middle of a dark night", "night in the town", "stars overhead", "the nocturnal world"), "c": ("it is dark outside", "everybody sleeps", "it is night-time", "the stars shine", "the sky is dark", "darkness has come", "night reigns", "the moon shines down"), "p": ("at night-time", "in the night-time", "by moonshine", "in the darkness", "under a dark sky", "when everyone is asleep", "at a late hour", "when it is dark", "overnight")},
    ("season", "spring"): {"n": ("new green", "blooming meadows", "a flowering tree", "nature's awakening", "blossom time", "flower buds"), "c": ("flowers bloom everywhere", "blossom covers the trees", "new life is everywhere", "the meadow is full of flowers"), "p": ("in blossom time", "at the start of spring", "among spring flowers", "with flowers coming up", "in full bloom")},
    ("season", "summer"): {"n": ("warm nights of July", "hot days", "green trees in full leaf", "the heat", "beach season"), "c": ("it is very hot", "the heat shimmers", "it is the hottest time of the year", "everything is green and warm"), "p": ("in the heat of July", "in the holidays", "in the warm season", "when it is hot", "on hot days")},
    ("season", "autumn"): {"n": ("yellow leaves", "leaves on the ground", "orange and brown leaves", "the end of summer", "a windy October", "colourful trees", "dead leaves"), "c": ("the trees lose their leaves", "the leaves are yellow", "leaves cover the path", "summer is over", "the trees are turning"), "p": ("as the leaves fall", "with leaves on the ground", "at the end of summer", "in the season of falling leaves", "with colourful leaves")},
    ("season", "winter"): {"n": ("cold and ice", "bare trees", "frost on the windows", "the time of frost", "icy roads", "a cold snap"), "c": ("it is ice-cold", "the lake has frozen", "frost is everywhere", "winter is here", "we are freezing"), "p": ("in the cold of winter", "in icy cold", "in a hard winter", "with frost on the windows", "in the frosty air")},
    ("weather", "clear"): {"n": ("clear weather", "sun", "a bright day", "sunlight", "a fine day"), "c": ("the day is bright", "sunshine everywhere", "the sky is wide and blue", "the sun warms us", "not a single cloud"), "p": ("in the sun", "in sunlight", "in good weather", "with a clear sky", "with the sun out")},
    ("weather", "cloudy"): {"n": ("a cloud layer", "grey clouds", "no sun", "a sky of clouds", "cloudiness"), "c": ("there are many clouds", "clouds fill the sky", "the sky is covered", "clouds come up", "the sun cannot be seen for clouds"), "p": ("with clouds in the sky", "below the clouds", "under clouds", "with an overcast sky")},
    ("weather", "rain"): {"n": ("the rain", "wet roads", "raindrops", "rain and puddles", "pattering rain"), "c": ("the rain falls", "rain is coming down", "it rains and rains", "everything drips", "we are out in the rain", "rain wets the land"), "p": ("on a wet day", "with rain falling", "in falling rain", "under the rain", "in rain")},
    ("weather", "storm"): {"n": ("wind and lightning", "a thunderous sky", "the storm", "a fierce wind", "a storm at its peak"), "c": ("a storm rages", "the wind is fierce", "there is thunder", "the storm grows", "lightning lights up the sky"), "p": ("in stormy wind", "in thunder and lightning", "with a storm raging", "under lightning")},
    ("weather", "snow"): {"n": ("the white stuff from the sky", "white fields of snow", "a snowy landscape", "falling flakes", "fluffy snow"), "c": ("snow is coming down", "snow everywhere", "all is white with snow", "it has started snowing", "it keeps snowing"), "p": ("in snow", "with snow on everything", "in deep snow", "through falling snow", "under snow")},
    ("weather", "fog"): {"n": ("foggy air", "a misty veil", "mist over everything", "the fog", "fogginess"), "c": ("there is fog", "everything is foggy", "mist covers all", "fog fills the air", "the mist comes up"), "p": ("in fog", "in mist", "with fog everywhere", "with mist rising", "under a veil of fog")},
    ("biome", "forest"): {"n": ("trees", "many trees", "a wood", "the heart of the forest", "a wooded valley", "shady woods", "an oak", "fir forest", "a forest road"), "c": ("the trees are tall", "the forest surrounds us", "we are among trees"), "p": ("in a forest", "in a wood", "inside the forest", "beneath the trees", "into the woods", "in woodland", "by a forest lake")},
    ("biome", "desert"): {"n": ("a sandy plain", "sand and rocks", "the dry land", "a desert with cactuses", "sandy hills", "an endless desert"), "c": ("sand everywhere", "the desert stretches far", "there is no water"), "p": ("in a desert", "in the sand", "on the sand dunes", "in the dry desert", "into the desert", "amid sand and stones")},
    ("biome", "mountain"): {"n": ("high mountains", "a peak", "rocky heights", "a high valley", "a hill top", "the top of a mountain", "cliffs and peaks"), "c": ("the mountains are high", "peaks stand around us", "rocks rise up"), "p": ("in high mountains", "at the top of a mountain", "up in the mountains", "on a mountain path", "on top", "on a high pass", "among rocks and peaks")},
    ("biome", "coast"): {"n": ("sea and sand", "the water's edge", "a seaside town", "ocean waves", "an ocean beach", "boats on the water", "a harbour town", "a sea view"), "c": ("the sea is all around", "waves come in", "the ocean roars"), "p": ("at the sea", "at the beach", "by the beach", "on the coast", "near the sea", "at the ocean", "by the shore", "in a harbour", "to the sea")},
    ("energy", "low"): {"n": ("rest", "peace", "a still mood"), "c": ("it is quiet", "nobody makes a noise", "everything sleeps"), "p": ("calmly", "quietly", "peacefully")},
    ("energy", "high"): {"n": ("action", "a wild feast", "noise and dancing"), "c": ("everybody dances", "it gets wild", "the music is wild"), "p": ("wildly", "with great energy", "at full speed")},
}  # fmt: skip
# From which hour of the clock on each of them holds.
FROM = {
    "midnight": (0, 1), "small hours": (2, 3, 4), "dawn": (5, 6), "morning": (7, 8, 9, 10), "noon": (11, 12, 13), "afternoon": (14, 15, 16),
    "sunset": (17, 18), "evening": (19, 20, 21), "night": (22, 23),
}  # fmt: skip
NUMBERS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


def of_clock(hour: str) -> Words:
    """Times of the clock within that part of the day: ``half past six in the morning``, ``14:20``, ``at 9:15 pm``."""
    nouns, when = list[str](), list[str]()
    for h in FROM[hour]:
        word, half = NUMBERS[h % 12], "am" if h < 12 else "pm"
        part = (
            "at night" if h < 2 or h > 21 else "in the morning" if h < 12 else "in the afternoon" if h < 17 else "in the evening"
        )
        digits = f"{h % 12 or 12}"
        nouns += [f"{h:02d}:00", f"{h}:20", f"{digits}:30 {half}", f"{digits} o'clock {part}", f"half past {word} {part}"]
        when += [f"at {h:02d}:15", f"at {digits}:10 {half}", f"at half past {word} {part}", f"shortly after {word} {part}"]
        when += [f"around {digits} {half}", f"at {word} o'clock {part}", f"at quarter past {word} {part}"]
    return {"n": tuple(nouns), "p": tuple(when), "c": tuple(f"it is {n}" for n in nouns)}


def extended(attribute: str, words: dict[str, Words]) -> dict[str, Words]:
    """The wordings of an attribute's values with these added."""
    out: dict[str, Words] = {}
    for value, forms in words.items():
        more = [MORE[attribute].get(value, {}), PLAIN.get((attribute, value), {})]
        if attribute == "hour":
            more.append(of_clock(value))
        names = {f for m in (forms, *more) for f in m}
        out[value] = {f: tuple(dict.fromkeys(w for m in (forms, *more) for w in m.get(f, ()))) for f in sorted(names)}
    return out
