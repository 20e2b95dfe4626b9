define config.name = "The Lookout"
define config.version = "1.0"
define config.save_directory = "dreambridge-lookout"
define config.screen_width = 1280
define config.screen_height = 720
define config.window_title = "The Lookout"
define config.default_text_cps = 45
define config.main_menu_music = None

define dreambridge.bundle = "vista"
define dreambridge.seed = 7
