extends DialogicSubsystem

signal text_started(info: Dictionary)
