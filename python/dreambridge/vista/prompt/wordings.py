"""The words of the grammar: adjectives (a), nouns (n), where and when (p) and clauses (c) for each value of each attribute."""

Words = dict[str, tuple[str, ...]]

HOURS = {
    "midnight": 0.0, "small hours": 3.5, "dawn": 6.0, "morning": 8.5, "noon": 12.0, "afternoon": 15.0, "sunset": 18.2, "evening": 20.0,
    "night": 23.0,
}  # fmt: skip
HOUR: dict[str, Words] = {
    "midnight": {
        "a": ("moonlit", "midnight", "pitch-dark", "starlit", "black"),
        "n": ("twelve at night", "one at night", "12 am", "1 am", "midnight", "the dead of night", "deep darkness", "a sky full of stars", "a full moon", "the middle of the night", "moonlight", "a starry sky"),
        "p": ("at midnight", "in the dead of night", "under the full moon", "beneath the stars", "by moonlight", "at twelve at night", "in the darkest hour",
              "in pitch darkness", "around midnight", "at one in the morning", "under a starry sky", "below the milky way", "as the owls call", "in the moonlight"),
        "c": ("it is twelve at night", "it is one at night", "the clock shows twelve at night", "the clock shows one at night", "the moon is full", "the moon looks down", "wolves howl at the moon", "the whole world sleeps", "it is past midnight", "the night is at its darkest", "the moon shines", "it is dark", "stars glitter", "owls are hunting", "everybody is asleep", "the sky is black", "the moon stands high", "it is midnight"),
    },
    "small hours": {
        "a": ("pre-dawn", "nocturnal"),
        "n": ("two in the morning", "three in the morning", "four in the morning", "2 am", "3 am", "4 am", "the hour before dawn", "the last hours of the night"),
        "p": ("before dawn", "long before sunrise", "at four in the morning", "at 3 am", "in the last hours of darkness", "shortly before first light", "in the wee hours"),
        "c": ("it is two in the morning", "it is three in the morning", "it is four in the morning", "the clock shows two in the morning", "the clock shows three in the morning", "the clock shows four in the morning", "it is still dark", "the night is almost over", "dawn is still far"),
    },
    "dawn": {
        "a": ("early morning", "dawn-lit", "waking"),
        "n": ("five in the morning", "six in the morning", "5 am", "6 am", "morning twilight", "the break of day", "sunup", "sunrise", "dawn", "daybreak", "the first light", "the rising sun", "the first rays of the sun", "early morning", "a rosy dawn"),
        "p": ("at dawn", "at sunrise", "at daybreak", "at first light", "as the sun rises", "in the early morning", "at six in the morning", "with the sunrise",
              "when the cock crows", "in the first rays of sun", "at the crack of dawn", "as day breaks", "at 6 am", "just after sunrise"),
        "c": ("it is five in the morning", "it is six in the morning", "the clock shows five in the morning", "the clock shows six in the morning", "the morning sun rises", "a new day dawns", "the eastern sky glows", "it is five and the sky turns light", "the cock crows", "the sun climbs out of bed", "the sun is rising", "day breaks", "the first light appears", "the sun comes up", "dawn is coming", "the birds wake up", "the sun peeks over the horizon"),
    },
    "morning": {
        "a": ("morning",), "n": ("seven in the morning", "eight in the morning", "nine in the morning", "ten in the morning", "7 am", "8 am", "9 am", "10 am", "breakfast time", "the morning sun", "a lovely morning", "the forenoon", "morning", "the morning", "morning light", "a fresh morning", "a new day"),
        "p": ("in the morning", "this morning", "one morning", "at nine o'clock in the morning", "at 8 am", "after breakfast", "in the morning sun", "mid-morning",
              "at ten in the morning", "in the forenoon", "on a fresh morning", "early in the day"),
        "c": ("people go to work in the morning", "the morning is bright", "it is seven in the morning", "it is eight in the morning", "it is nine in the morning", "it is ten in the morning", "the clock shows seven in the morning", "the clock shows eight in the morning", "the clock shows nine in the morning", "the clock shows ten in the morning", "it is morning", "the day has begun", "the sun climbs", "dew lies on everything", "good morning"),
    },
    "noon": {
        "a": ("midday", "noon", "sun-drenched"),
        "n": ("twelve in the daytime", "one in the daytime", "eleven in the morning", "noon", "midday", "broad daylight", "the midday sun", "the middle of the day", "daytime", "the blazing noon sun"),
        "p": ("at noon", "at midday", "in broad daylight", "at twelve o'clock", "in the middle of the day", "under the high sun", "by day", "during the day",
              "in full daylight", "at high noon", "around lunchtime", "with the sun overhead", "at 12 pm", "at one in the afternoon", "when the sun stands highest"),
        "c": ("it is twelve in the daytime", "it is one in the daytime", "the clock shows twelve in the daytime", "the clock shows one in the daytime", "it is eleven in the morning", "the clock shows eleven in the morning", "the sun burns straight down", "the sun is at its highest", "noon has come", "the day is at its brightest", "it is about lunchtime", "the sun stands high", "it is noon", "the sun is overhead", "it is the middle of the day", "it is day", "shadows are short", "it is lunchtime"),
    },
    "afternoon": {
        "a": ("afternoon",), "n": ("two in the afternoon", "three in the afternoon", "four in the afternoon", "2 pm", "3 pm", "4 pm", "afternoon", "the afternoon", "afternoon light", "a long afternoon"),
        "p": ("in the afternoon", "this afternoon", "at three in the afternoon", "at 4 pm", "one afternoon", "after lunch", "at tea time", "in the afternoon sun",
              "in mid-afternoon", "at two o'clock in the afternoon", "on a lazy afternoon"),
        "c": ("it is two in the afternoon", "it is three in the afternoon", "it is four in the afternoon", "the clock shows two in the afternoon", "the clock shows three in the afternoon", "the clock shows four in the afternoon", "the afternoon sun shines", "the sun is past its height", "it is four o'clock", "tea is served", "it is afternoon", "the afternoon is long", "the day is getting on", "lunch is over"),
    },
    "sunset": {
        "a": ("sunset", "dusky", "twilit", "golden-hour"),
        "n": ("six in the evening", "6 pm", "the evening sun", "sundown", "the dying day", "the last rays of the sun", "a crimson sky at the end of the day", "eventide", "sunset", "dusk", "the setting sun", "the golden hour", "an orange evening sky", "the end of the day", "nightfall", "a red sunset", "the last light"),
        "p": ("at sunset", "at dusk", "at sundown", "as the sun sets", "as the sun goes down", "in the golden hour", "in the last light of the day", "at nightfall",
              "at six in the evening", "as the day ends", "in the glow of the setting sun", "at 6 pm", "when the sun touches the horizon", "just before sunset"),
        "c": ("the sun is low and red", "the light turns golden and fades", "it is just before dark", "it is six in the evening", "the clock shows six in the evening", "the sun disappears", "the sun dips below the edge of the world", "the sun sets", "the evening sun glows red", "shadows grow long", "the last rays fade", "the sun drops low", "the sun is setting", "the sun goes down", "the sun sinks into the horizon", "the day is ending", "dusk falls", "the sky burns red", "the light is fading"),
    },
    "evening": {
        "a": ("evening", "late-evening"), "n": ("seven in the evening", "eight in the evening", "nine in the evening", "7 pm", "8 pm", "9 pm", "evening", "the evening", "twilight after sunset", "late evening", "the blue hour", "evening light"),
        "p": ("in the evening", "this evening", "at eight in the evening", "at 8 pm", "after sunset", "late in the evening", "one evening", "after dinner",
              "in the evening light", "at nine in the evening", "in the blue hour", "when the lamps are lit", "tonight"),
        "c": ("it is seven in the evening", "it is eight in the evening", "it is nine in the evening", "the clock shows seven in the evening", "the clock shows eight in the evening", "the clock shows nine in the evening", "it is nine in the evening", "the day is done", "lanterns are lit", "the sun has set", "the sun is gone", "evening has come", "it is evening", "the lamps are being lit", "night is coming", "it is getting dark", "the first stars appear", "good evening"),
    },
    "night": {
        "a": ("night-time", "nightly", "dark", "night"), "n": ("ten at night", "eleven at night", "10 pm", "11 pm", "night", "the night", "darkness", "a dark night", "night-time", "the night sky", "stars and a moon"),
        "p": ("at night", "by night", "during the night", "at eleven at night", "in the dark", "late at night", "in the night", "one night", "after dark", "at 11 pm",
              "through the night", "on a dark night", "deep in the night"),
        "c": ("it is ten at night", "it is eleven at night", "the clock shows ten at night", "the clock shows eleven at night", "bats fly about", "the night is here", "it is late at night", "the darkness is complete", "nobody sees anything in the dark", "night has fallen", "it is night", "darkness covers everything", "the night is long", "good night", "the stars are out", "the moon rises"),
    },
}  # fmt: skip
SEASON: dict[str, Words] = {
    "spring": {
        "a": ("spring", "blooming", "vernal", "springlike", "blossoming"),
        "n": ("the end of winter", "tulips and crocuses", "the season of blossoms", "the budding of the trees", "lilac in bloom", "spring", "springtime", "the first days of spring", "blossoms", "fresh green buds", "a spring day", "trees in bloom", "a carpet of new flowers", "Easter time"),
        "p": ("in spring", "in April", "in early May", "in March", "in springtime", "among blossoms", "when everything blooms", "in the month of May", "one spring day", "in bloom"),
        "c": ("nature wakes up from winter", "swallows return", "birds build their nests", "everything turns green again", "spring has come", "the trees are in bloom", "buds are opening", "flowers cover the meadows", "the snow melts and flowers appear", "it is May", "it is spring",
              "new leaves are sprouting", "the cherry trees blossom"),
    },
    "summer": {
        "a": ("summer", "summery", "hot summer", "midsummer"),
        "n": ("the warm season", "sultry summer air", "a warm July day", "the dog days", "summer", "summertime", "a summer day", "the heat of summer", "the summer holidays", "high summer", "a heat wave in July"),
        "p": ("in summer", "in July", "in August", "in June", "in midsummer", "during the summer", "in the summer heat", "on a hot summer day", "in the height of summer",
              "on summer vacation", "one summer"),
        "c": ("the wheat is ripe", "it is the longest day of the year", "everyone goes swimming in the heat", "it is thirty degrees in the shade", "summer is here", "it is July", "it is summer", "the summer heat is on", "the grass is lush and green and bees hum", "school is out for summer", "it is a hot August"),
    },
    "autumn": {
        "a": ("autumn", "fall", "autumn-coloured", "russet", "october"),
        "n": ("the fall season", "brown and yellow foliage", "crisp autumn air", "a pile of leaves", "ripe apples and grapes", "autumn", "fall", "autumn colours", "falling leaves", "red and yellow leaves", "fall foliage", "an autumn day", "Halloween season", "golden autumn"),
        "p": ("in autumn", "in October", "in November", "in September", "in the fall", "among falling leaves", "in autumn colours", "in late autumn", "at harvest",
              "when the leaves turn red", "one autumn day"),
        "c": ("the year draws to its end", "mushrooms grow", "the birds fly south", "chestnuts drop", "the harvest is in", "leaves whirl down", "leaves are falling", "the leaves turn red", "autumn has come", "it is October", "it is autumn", "the trees are golden and red", "dead leaves cover the ground",
              "the foliage glows yellow and orange", "the leaves turn brown"),
    },
    "winter": {
        "a": ("winter", "wintertime", "icy winter", "freezing", "frosty", "frozen"),
        "n": ("icy cold", "a frozen world", "a sleigh ride", "frozen ground", "the coldest month", "winter", "wintertime", "ice and frost", "a winter day", "the frost of winter", "the cold season", "deep winter", "Christmas time", "freezing cold"),
        "p": ("in winter", "in January", "in December", "in February", "in the depths of winter", "on a cold winter day", "in the frost", "at Christmas", "in midwinter",
              "in the cold season", "one winter"),
        "c": ("people skate on the ice", "breath freezes in the air", "the ground is frozen hard", "it is bitterly cold", "the river is covered with ice", "winter has come", "everything is frozen", "frost covers the branches", "it is January", "it is winter", "the lake is frozen", "ice hangs from the roofs",
              "it is freezing cold", "it is Christmas"),
    },
}  # fmt: skip
WEATHER: dict[str, Words] = {
    "clear": {
        "a": ("clear", "sunny", "cloudless", "bright and sunny", "fair"),
        "n": ("bright sun", "a sunny day", "a radiant blue sky", "glorious weather", "warm sunshine", "dry and sunny weather", "a clear sky", "blue skies", "sunshine", "bright sunshine", "fine weather", "a cloudless sky", "good weather", "perfect weather", "a deep blue sky", "clear air"),
        "p": ("under a clear sky", "under blue skies", "in bright sunshine", "in fine weather", "in the sunshine", "under a cloudless sky", "in clear weather", "in nice weather"),
        "c": ("the weather turns fine", "the skies are clear now", "the sun beams down", "not one cloud to be seen", "the sun smiles", "visibility is perfect", "the sky is clear", "the sun is shining", "there is not one cloud", "the weather is fine", "the sky is blue", "it is sunny", "the clouds have gone", "the sky clears up",
              "the sun breaks through", "the weather gets better", "the sun comes out"),
    },
    "cloudy": {
        "a": ("cloudy", "overcast", "grey", "gloomy", "dull"),
        "n": ("heavy skies", "dark clouds", "billowing clouds", "grey weather", "a dim covered sky", "a layer of cloud", "clouds", "an overcast sky", "a grey sky", "drifting clouds", "a covered sky", "thick clouds", "a cloudy sky", "low grey clouds", "cloud cover", "dull weather"),
        "p": ("under an overcast sky", "under grey clouds", "beneath a cloudy sky", "under a grey sky", "under passing clouds", "in cloudy weather", "below heavy clouds"),
        "c": ("heavy skies hang low", "the clouds are thick", "cloud banks pile up", "the sun does not come through", "a grey ceiling of clouds covers everything", "clouds drift by", "the sky is grey", "clouds hide the sun", "it is cloudy", "clouds are gathering", "the sun is hidden behind clouds", "the sky clouds over", "it is overcast"),
    },
    "light rain": {
        "a": ("drizzly", "lightly raining"), "n": ("drizzle", "light rain", "a light shower", "a few raindrops", "soft rain", "a fine drizzle", "gentle rain", "a little rain"),
        "p": ("in the drizzle", "in light rain", "in a soft rain", "in a light shower", "in gentle rain"),
        "c": ("a few drops of rain fall", "there is a slight drizzle", "only a little rain", "a weak shower passes", "it is drizzling", "a few drops fall", "a light rain falls", "it rains a little", "it rains softly", "rain falls gently"),
    },
    "rain": {
        "a": ("rainy", "wet", "rain-soaked"), "n": ("a wet day", "the patter of rain", "rain clouds and rain", "puddles", "steady rain", "spring showers", "rain", "rainy weather", "a rain shower", "falling rain", "wet weather", "showers", "rainfall", "a rainy day"),
        "p": ("in the rain", "in rainy weather", "on a rainy day", "in the wet", "during a shower", "with an umbrella in the rain"),
        "c": ("raindrops run down the window", "puddles form", "the streets are wet with rain", "rain beats on the roof", "it keeps raining", "there is rain", "it is raining", "rain is falling", "it rains", "raindrops fall", "the rain does not stop", "everything is wet from the rain", "rain patters down", "it starts to rain"),
    },
    "heavy rain": {
        "a": ("rain-lashed", "drenched", "flooded"), "n": ("heavy rain", "a downpour", "pouring rain", "a cloudburst", "streaming rain", "a deluge", "masses of rain"),
        "p": ("in heavy rain", "in the pouring rain", "in a downpour", "through sheets of rain"),
        "c": ("the heavens open", "rain hammers down", "it is bucketing down", "water streams from the sky", "the gutters overflow", "it is pouring", "it rains heavily", "rain comes down in sheets", "it rains very hard", "the rain is torrential", "everybody gets soaked"),
    },
    "storm": {
        "a": ("stormy", "thundery", "storm-swept", "tempest-torn"),
        "n": ("a wild storm", "flashes of lightning", "a howling wind", "a cyclone", "a violent squall", "claps of thunder", "hail and thunder", "a storm", "a thunderstorm", "thunder and lightning", "a tempest", "a raging storm", "a gale", "a hurricane", "lightning", "stormy weather", "a lightning storm", "thunder"),
        "p": ("in a storm", "in a thunderstorm", "during the storm", "amid thunder and lightning", "in a gale", "in stormy weather", "while a storm rages"),
        "c": ("the gale roars", "a thunderbolt strikes", "the storm breaks loose", "thunder crashes", "a storm comes in", "the sky flashes with lightning", "a storm is raging", "lightning flashes", "thunder roars", "lightning strikes", "a storm is coming", "the wind howls", "it thunders", "the tempest rages",
              "a hurricane blows", "thunder rumbles"),
    },
    "light snow": {
        "a": ("lightly snowing",), "n": ("light snow", "a few snowflakes", "a dusting of snow", "soft snowflakes", "gentle snow", "a little snow"),
        "p": ("in light snow", "in gently falling snow", "among a few snowflakes"),
        "c": ("a few flakes fall", "it snows a little", "snow falls softly", "single snowflakes drift down", "it is snowing lightly"),
    },
    "snow": {
        "a": ("snowy", "snow-covered", "snowbound"), "n": ("a white blanket of snow", "new snow", "powder snow", "the first snow", "sleet and snow", "snow", "snowfall", "falling snow", "snowflakes", "snowy weather", "fresh snow", "a snow shower", "deep snow"),
        "p": ("in the snow", "in falling snow", "through the snow", "in snowy weather", "among snowflakes", "on a snowy day", "covered in snow"),
        "c": ("snow comes down", "flakes dance in the air", "the first snow falls", "the world turns white", "snow covers the ground", "the roofs are white with snow", "it is snowing", "snow is falling", "snowflakes drift down", "it snows", "everything is covered in snow", "it starts to snow", "snow lies everywhere"),
    },
    "heavy snow": {
        "a": ("blizzard-swept", "snowed-in"), "n": ("a blizzard", "heavy snow", "a snowstorm", "heavy snowfall", "a whiteout", "masses of snow", "driving snow"),
        "p": ("in a blizzard", "in heavy snow", "in a snowstorm", "through driving snow"),
        "c": ("a blizzard is blowing", "it snows heavily", "a snowstorm rages", "thick snow whirls", "it snows very hard", "everything vanishes in the snow"),
    },
    "light fog": {
        "a": ("slightly hazy", "hazy"), "n": ("a light haze", "a little mist", "a veil of mist", "thin fog", "a touch of haze", "haze"),
        "p": ("in a light haze", "behind a veil of mist", "in thin mist", "through a little haze"),
        "c": ("a thin mist rises", "there is a little fog", "haze softens the view", "a light mist drifts"),
    },
    "fog": {
        "a": ("foggy", "misty", "fog-bound"), "n": ("morning mist", "haze", "a foggy veil", "swirling mist", "a misty haze", "murky fog", "fog", "mist", "a bank of fog", "low-lying mist", "foggy weather", "drifting mist", "a blanket of fog", "mists", "a sea of fog"),
        "p": ("in the fog", "in the mist", "through the fog", "in foggy weather", "wrapped in mist", "veiled by mist", "shrouded in fog"),
        "c": ("one can hardly see through the mist", "the mist thickens", "fog drifts by", "vapour hangs over the ground", "everything is hazy", "the land lies in fog", "fog rolls in", "mist hangs low", "it is foggy", "mist rises from the ground", "fog hides the distance", "everything fades into mist", "fog lies over the land", "the fog comes"),
    },
    "heavy fog": {
        "a": ("thickly fogged",), "n": ("thick fog", "dense fog", "heavy fog", "impenetrable mist", "a wall of fog"),
        "p": ("in thick fog", "in dense fog", "lost in heavy mist"),
        "c": ("the fog is so thick that nothing can be seen", "dense fog swallows everything", "thick fog closes in", "one cannot see ten steps for fog"),
    },
}  # fmt: skip
AMOUNTS = {"light": 0.25, "": 0.6, "heavy": 1.0}
BIOME: dict[str, Words] = {
    "forest": {
        "a": ("wooded",),
        "n": ("the greenwood", "old trees", "a leafy forest", "the deep dark forest", "ferns and tall trunks", "a wood of maples", "ash and elm trees", "a glade", "a forest glade", "sequoias", "a forest", "the woods", "a pine forest", "a woodland", "a dense wood", "a forest path", "tall pines", "fir trees", "a birch wood", "a jungle", "a clearing in the forest",
              "a grove of oaks", "spruces", "a rainforest", "giant trees", "a thicket", "an enchanted forest", "a green wood", "a taiga", "beech trees", "mossy trunks and ferns"),
        "p": ("in the wood", "in a glade", "under old trees", "amid the conifers", "among tall trunks", "through the trees", "beside the brook in the woods", "in the forest", "in the woods", "among the trees", "between the pines", "deep in the woods", "under the firs", "in a clearing", "on a forest trail",
              "through the woodland", "at the edge of the forest", "in the jungle", "beneath the oaks", "among birches", "under the treetops", "in the timber"),
        "c": ("trees stand close together", "the forest is thick", "pines surround us", "trees all around", "the canopy closes above"),
    },
    "desert": {
        "a": ("desert", "arid", "sandy desert"),
        "n": ("endless sand", "a desert road", "the Gobi", "dunes and palms of an oasis", "rocky desert", "a cactus", "a salt flat", "parched land", "the Mojave", "a desert", "sand dunes", "the dunes", "a sea of sand", "a canyon with cacti", "red mesas", "the badlands", "a dry wasteland", "the Sahara", "an oasis", "cactus country",
              "a barren plain of sand", "a dusty wilderness", "sandstone cliffs and cacti", "an arid plain", "a caravan route", "the outback", "a dry gorge"),
        "p": ("on a dune", "on camels through the sand", "in the arid land", "on the desert road", "among the dunes", "in the dry valley of sand", "in the desert", "across the dunes", "in the Sahara", "among cacti", "in the badlands", "through the sand", "at the oasis", "in the wasteland", "between the mesas",
              "over the hot sand", "in a dry canyon", "on the arid plain", "through the canyon", "in the wild west"),
        "c": ("sand stretches to the horizon", "cacti stand about", "dunes roll on forever", "there is nothing but sand", "dust blows over the plain", "the ground is dry and cracked"),
    },
    "mountain": {
        "a": ("mountainous", "alpine", "mountain"),
        "n": ("towering peaks", "alpine heights", "a rocky mountainside", "Mount Everest", "a high plateau of rock", "a gorge high in the mountains", "a mountain village", "ski slopes", "a steep climb", "the Rockies", "mountain tops", "a mountain", "the mountains", "snowy peaks", "a mountain range", "the Alps", "high peaks", "a mountain pass", "rocky summits", "the highlands", "a steep cliff face",
              "an alpine valley", "the Himalayas", "a rocky ridge", "a glacier", "a mountain lake", "craggy cliffs", "the hills", "an alpine meadow", "a summit"),
        "p": ("on the mountainside", "on the peak", "on the way to the top", "in the mountain village", "on the rocks high up", "on the ski slope", "beneath the summit", "in the mountains", "on the mountain", "on the summit", "at the pass", "in the Alps", "high in the hills", "on the ridge", "among the peaks", "below the glacier",
              "on the mountain road", "in the highlands", "above the valley", "on a rocky slope", "up in the hills", "at the foot of the mountain", "on the steep trail"),
        "c": ("peaks rise all around", "the summit is near", "mountains tower above", "cliffs rise steeply", "the ridge is steep", "the valley lies far below"),
    },
    "coast": {
        "a": ("coastal", "seaside", "maritime"),
        "n": ("breakers", "a sandy beach", "the Atlantic", "the open sea", "a marina with boats", "the Pacific coast", "the gulf", "the sound of waves", "a fjord", "seagulls over the water", "a rocky shore", "a ship at sea", "the sea", "the coast", "a beach", "the ocean", "a bay", "the seashore", "a tropical island", "a harbour", "a lagoon", "palm trees on a beach", "waves", "the shore",
              "a lighthouse by the sea", "an island with palms", "the seaside", "surf and sand", "a cove", "a fishing port", "sea cliffs", "white beaches", "the waterfront"),
        "p": ("on the sand by the waves", "in the surf", "at sea", "on a boat at sea", "at the gulf", "on the cliffs above the sea", "by the waves", "in the port", "by the sea", "at the coast", "on the beach", "by the ocean", "on the shore", "in the bay", "at the harbour", "on an island", "at the seaside", "along the coast",
              "under the palms", "at the waterfront", "on the pier", "out on the sea", "in the lagoon", "by the water", "near the lighthouse", "on the quay"),
        "c": ("waves roll in", "the sea is near", "seagulls cry", "ships lie in the bay", "the surf murmurs", "waves break on the shore", "palms line the beach", "the tide is out"),
    },
}  # fmt: skip
STYLE: dict[str, Words] = {
    "plain": {
        "a": ("unstyled",), "n": ("a normal picture", "an ordinary picture", "no special style", "realism", "a plain picture", "no style", "a plain rendering", "the normal look", "no painting style", "a neutral look", "a simple unpainted look"),
        "p": ("without any style", "in plain style", "in the normal look", "with no artistic effect", "in its natural look", "rendered plainly"),
        "c": ("no filter", "keep it plain", "nothing painted about it", "use the default look"),
    },
    "oil": {
        "a": ("oil-painted", "impasto"),
        "n": ("a painting in oils", "an oil portrait of the land", "a baroque oil painting", "oil colours on canvas", "an oil painting", "oil on canvas", "oil paint", "thick brush strokes", "oils", "an impressionist oil painting", "the brushwork of an old master", "a canvas by Van Gogh"),
        "p": ("in oils", "painted in oil", "as an oil painting", "in oil on canvas", "with thick brush strokes", "in the manner of the old masters", "with a palette knife"),
        "c": ("the paint is thick", "it looks like an oil painting", "brush strokes of oil are visible"),
    },
    "watercolour": {
        "a": ("watercolour", "aquarelle", "watercolor"),
        "n": ("a watercolour picture", "a watercolour sketch", "thin washes of pigment", "a painting in water colours", "a watercolour", "an aquarelle", "a watercolor painting", "watercolours", "soft washes", "a gouache wash", "diluted paint on paper", "wet watercolour paper"),
        "p": ("in watercolour", "as an aquarelle", "in watercolors", "painted with watercolours", "in soft washes", "in transparent washes of paint", "in wash technique"),
        "c": ("the colours bleed into the paper", "it looks like a watercolour", "pigment runs in the wet paper"),
    },
    "ink": {
        "a": ("inked", "ink-drawn", "black-and-white ink"),
        "n": ("an ink sketch", "a drawing in black ink", "a Japanese ink painting", "ink on paper", "brush and ink", "a woodcut in black lines", "an ink drawing", "a pen drawing", "black ink", "ink lines", "a line drawing with hatching", "pen and ink", "a sumi-e picture", "calligraphic strokes", "an etching"),
        "p": ("in ink", "drawn in ink", "as a pen drawing", "in black ink on paper", "with hatched lines", "in sumi-e style", "sketched with a pen", "as an ink sketch"),
        "c": ("black lines on white paper", "it is drawn with a pen", "it looks like an ink drawing"),
    },
    "poster": {
        "a": ("poster-like", "screen-printed", "flat-coloured"),
        "n": ("an advertising poster", "an old travel poster", "a minimalist poster", "a print with flat colours", "a poster for tourists", "a poster", "a travel poster", "flat colours", "a screen print", "a vintage poster", "bold flat shapes", "a graphic poster", "a silkscreen print", "an art deco poster"),
        "p": ("as a poster", "in poster style", "as a travel poster", "in flat colours", "as a screen print", "like an old advertisement", "in bold graphic shapes", "as a lithograph"),
        "c": ("it looks like a poster", "the colours are flat", "big flat areas of colour"),
    },
    "neon": {
        "a": ("neon", "neon-lit", "synthwave", "cyberpunk", "vaporwave"),
        "n": ("a neon glow", "a neon sign", "glowing purple and blue lights", "an 80s neon picture", "ultraviolet light", "neon", "neon lights", "glowing neon", "a synthwave look", "neon colours", "cyberpunk glow", "fluorescent colours", "a retrowave picture", "electric glowing lines"),
        "p": ("in neon", "in neon colours", "in synthwave style", "with neon lights", "in glowing magenta and cyan", "in cyberpunk style", "like an arcade game of the eighties"),
        "c": ("neon lights glow", "everything glows in neon", "pink and cyan lights shine", "neon signs flicker"),
    },
}  # fmt: skip
ENERGY: dict[str, Words] = {
    "low": {
        "a": ("slower", "softer", "calmer", "quieter", "soothing", "relaxed", "restful", "motionless", "hushed", "calm", "peaceful", "quiet", "still", "serene", "tranquil", "silent", "sleepy", "gentle"),
        "n": ("less energy", "a moment of rest", "quiet", "a dreamy calm", "gentleness", "sleep", "silence", "peace and quiet", "calm", "stillness", "a tranquil mood", "a meditative mood", "serenity", "a slow and quiet mood", "a lullaby"),
        "p": ("in silence", "in perfect calm", "in peace", "in a quiet mood", "at rest", "in slow motion"),
        "c": ("a lullaby is sung", "time stands still", "there is no sound at all", "only gentle breathing", "everything is still", "nothing moves", "all is quiet", "it is very calm", "silence reigns", "the world rests", "slow down", "relax"),
    },
    "high": {
        "a": ("wilder", "louder", "faster", "more intense", "explosive", "hectic", "dynamic", "frenzied", "roaring", "wild", "energetic", "ecstatic", "frantic", "intense", "vibrant", "thrilling", "lively"),
        "n": ("more energy", "a wild party", "loud music", "a furious rhythm", "the finale", "a storm of applause", "wild energy", "a wild dance", "full energy", "ecstasy", "excitement", "a frenzy", "pulsing beats", "a rave", "a climax", "sparks everywhere", "an explosion of colour"),
        "p": ("full of energy", "in a frenzy", "at full power", "in ecstasy", "with pounding drums", "at top speed", "with wild energy"),
        "c": ("everyone jumps and shouts", "drums and guitars roar", "hearts race", "the party goes mad with joy", "everything explodes with energy", "the drums are pounding", "the crowd dances", "the music gets loud and wild", "it is intense", "go wild", "sparks fly", "the beat drops"),
    },
}  # fmt: skip
# What can be missing: its adjective, and words for it.
WEATHER_OF: dict[str, tuple[str, ...]] = {
    "rain": ("rain", "drizzle", "showers", "downpour", "raindrops", "rainfall"),
    "snow": ("snow", "snowflakes", "blizzard", "snowfall"),
    "fog": ("fog", "mist", "haze"),
    "storm": ("storm", "thunder", "lightning", "thunderstorm", "tempest"),
    "cloudy": ("clouds", "cloud", "cloud cover"),
}
DENIED_AS = {"rain": "rainy", "snow": "snowing", "fog": "foggy", "storm": "stormy", "cloudy": "cloudy"}
# What happens somewhere: a clause and a place.
WHERE = (
    "{} over {}",
    "{} above {}",
    "{} behind {}",
    "{} in {}",
    "{} at {}",
    "{} on {}",
    "{} near {}",
    "{} and {} is there",
    "{}; {}",
    "{} while we see {}",
    "{} around {}",
)
OTHERS = (
    "a landscape", "a view", "a scene", "a place", "a land", "a picture", "a world", "a day", "a path", "a village", "a road", "a hut", "a house", "a field", "a land far away", "a garden", "a street", "cobblestones", "a castle", "a tower", "a bridge", "a city",
    "a farm", "a barn", "a cottage", "a window", "a cave", "a tent", "a river", "a stream", "a lake", "a meadow", "a church", "a market", "a gate", "ruins", "a railway", "a town",
)  # fmt: skip
LEADS = (
    "", "", "", "", "", "a painting of", "show", "show me", "a view of", "imagine", "now", "a scene with", "we see", "suddenly", "picture", "a picture of", "let me see",
    "draw", "paint", "once upon a time there was", "the camera shows", "I dream of", "next:", "take me to", "there is",
)  # fmt: skip
COMMANDS = (
    "make it", "change it to", "now", "switch to", "let it be", "turn to", "please make it", "I want", "set it to", "give me", "go to", "more", "can you make it", "let there be",
    "change to", "I would like", "could it be", "move on to", "and now", "back to", "let us have", "please", "turn it into",
)  # fmt: skip
# How two attributes stand to each other: nouns of the one and of the other.
RELATIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "weather",
        "biome",
        (
            "{} over {}",
            "{} above {}",
            "{} comes in from {}",
            "{} hangs over {}",
            "{} drifts through {}",
            "{} hides {}",
            "{} on {}",
            "{} and {}",
            "{} at {}",
        ),
    ),
    (
        "biome",
        "weather",
        ("{} under {}", "{} in {}", "{} behind {}", "{} with {}", "{} after {}", "{} lost in {}", "{} veiled by {}"),
    ),
    (
        "hour",
        "biome",
        ("{} over {}", "{} above {}", "{} behind {}", "{} in {}", "{} at {}", "{} and {}", "{} touches {}", "{} lights up {}"),
    ),
    ("season", "biome", ("{} in {}", "{} at {}", "{} comes to {}", "{} and {}", "{} among {}")),
    ("biome", "season", ("{} in {}", "{} and {}", "{} during {}", "{} with {}")),
    ("style", "biome", ("{} of {}", "{}: {}", "{} showing {}", "{} with {}")),
    ("style", "weather", ("{} of {}", "{}, {}", "{} showing {}")),
    ("energy", "biome", ("{} in {}", "{} at {}", "{} over {}")),
    ("season", "weather", ("{} and {}", "{} with {}", "{}, {}")),
    ("weather", "hour", ("{} and {}", "{} before {}", "{} at {}", "{} in {}", "{} during {}")),
)
ABOVE = ((" ,", ","), ("a a ", "a "), ("the the ", "the "), ("a the ", "the "), (" .", "."))
SUBJECTS = (
    "she remembers her mother", "he sings a song", "they wander", "our journey begins", "we say goodbye", "grandmother tells a story", "two children play", "an old man sits",
    "a couple dances", "my friend arrives", "a lone figure stands", "I walk", "we march", "somebody stands", "they meet", "you wait", "she runs", "he rides", "we camp",
)  # fmt: skip
PEOPLE = tuple(
    "knight hero girl boy wizard dog band princess stranger army ghost hunter monk horse thief poet woman giant queen sailor bear dragon elf fox wolf cat samurai pirate witch "  # noqa: SIM905
    "soldier painter farmer merchant robot detective king traveller explorer shepherd musician teacher child father brother bandit dancer cook priest nurse driver deer owl "
    "rabbit train car tractor bicycle carriage family crowd beggar smith clown captain friend grandfather bride scientist gardener postman tailor mouse goat raven".split()
)
DOES = tuple(
    "waits walks rides sleeps sings prays laughs cries hides runs sits stands dances dreams arrives leaves appears rests listens wakes reads plays turns looks speaks eats works "  # noqa: SIM905
    "wanders searches stops travels passes kneels hesitates smiles returns".split()
)
ITSELF = ("the {} {}", "a {} {}", "my {} {}", "an old {} {}", "our {} {}", "the young {} {}", "one {} {}")
NOTHING = (
    "hello there", "a painting", "something beautiful", "the story goes on", "she opens the letter", "please continue", "chapter two", "what happens next", "he remembers his father",
    "the hero speaks", "a scene", "make it nice", "two people talk about love", "the answer is forty two", "buy milk and bread", "landscape", "a figure walking", "who are you",
    "he signs the contract", "the meeting is on Tuesday", "a cup of tea", "the keyboard is broken", "she wears a green coat", "it costs five dollars", "the teacher explains algebra",
    "they play cards in the tavern", "a chess board", "the doctor writes a prescription", "he reads the newspaper", "an empty room", "a wooden table with a candle", "the train is late",
    "she paints her nails", "the king is dead", "a secret message", "where is the treasure", "a violin and a piano", "the sword is sharp", "I do not know", "good job", "the end",
    "open the door", "a portrait of a man with a beard", "the computer says no", "a bowl of fruit", "the bell rings", "an astronaut in a capsule", "the judge enters the court",
    "he lost his wallet", "a blue bicycle", "a stack of books", "thanks a lot", "two plus two is four", "what a surprise", "the phone rings", "a big white elephant", "error 404",
    "she plays the guitar", "the library is closed", "write a poem", "a pizza with cheese", "the actor bows", "they vote for the mayor", "a spider on the wall", "the hero draws his sword",
    "the engine does not start", "he whispers a name", "an angry crowd of people", "a wedding dress", "the museum of art", "the goblin laughs", "three wishes", "a golden crown",
)  # fmt: skip
