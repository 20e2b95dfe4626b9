@tool
extends "checks.gd"
## Project Settings > Dreambridge in a project that has the addon from its release zip: finds Pythons, refuses, installs, repairs. And what the dock and
## the scene dock say when the chosen Python cannot run the daemon.

const Page := preload("res://addons/dreambridge/editor/environment/page.gd")
const Installer := preload("res://addons/dreambridge/editor/environment/installer.gd")
const Settings := preload("res://addons/dreambridge/editor/settings.gd")
const Program := preload("res://addons/dreambridge/system/program.gd")
const Managed := preload("res://addons/dreambridge/system/managed.gd")
const INSTALL_MS := 300000
const SCENE := """[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://addons/dreambridge/dream_stream.gd" id="1"]

[node name="Scene" type="Node"]

[node name="DreamStream" type="Node" parent="."]
script = ExtResource("1")
bundle = "testcard"
"""

var page: Page
var stream: DreamStream


func run() -> void:
	var classes: Array[String] = []
	for about: Dictionary in ProjectSettings.get_global_class_list():
		classes.append(str(about["class"]))
	got["classes"] = classes
	page = EditorInterface.get_base_control().find_children("Dreambridge", "ScrollContainer", true, false)[0]
	got["in_settings"] = page.get_window().is_class("ProjectSettingsEditor")
	FileAccess.open("res://scene.tscn", FileAccess.WRITE).store_string(SCENE)
	var scene := await open("res://scene.tscn")
	stream = scene.get_node("DreamStream")
	await show_dock(true)
	preview().scene_changed()
	dock().refresh()
	got["nothing"] = [Program.find(), dock().screen.words(), dock().daemon_box.state(), warnings()]
	await pythons()
	await foreign()
	await cancelled()
	await installed()
	await plays()
	await broken()
	await other_pythons()
	await paths()
	got["project"] = FileAccess.get_file_as_string("res://project.godot")
	got["scene"] = FileAccess.get_file_as_string("res://scene.tscn")


func warnings() -> String:
	return "\n".join(stream._get_configuration_warnings())


## The timer of the page works for it, as in the editor; it is not hurried.
func settled() -> void:
	var end := Time.get_ticks_msec() + INSTALL_MS
	while page.is_busy() and Time.get_ticks_msec() < end:
		await tree.process_frame
	page.refresh()


func pythons() -> void:
	got["idle"] = page._timer.is_stopped()
	page.search()
	await settled()
	got["found"] = page.pythons.found.map(func(one: Dictionary) -> Array: return [one["path"], one["version"], one["refusal"]])
	got["before"] = page._status.text
	for title: String in ["OLD", "NO_PYTHON"]:
		page.choose(OS.get_environment(title))
		await settled()
		got[title] = [page._refused.text, page._install.disabled]
	page.choose(OS.get_environment("BASE"))
	await settled()
	got["chosen"] = [page.chosen()["path"], page._install.disabled, page._install.text]


func install() -> void:
	page._on_install()
	await settled()


## A user's own files at the environment's place.
func foreign() -> void:
	var file := Managed.folder().path_join("precious")
	DirAccess.make_dir_recursive_absolute(Managed.folder())
	FileAccess.open(file, FileAccess.WRITE).store_string("mine")
	await install()
	got["foreign"] = [page.installer.outcome, page._step.text, FileAccess.get_file_as_string(file)]
	DirAccess.remove_absolute(file)


func cancelled() -> void:
	page._on_install()
	await until(func() -> bool: return page.installer.phase.begins_with("Downloading"))
	got["busy"] = [page._cancel.visible, page._bar.visible, page._install.disabled, page._status.text]
	page._cancel.pressed.emit()
	await settled()
	got["cancelled"] = [page.installer.outcome, Managed.python(), page._install.text, page._status.text]


func installed() -> void:
	await install()
	got["installed"] = [page.installer.outcome, page.installer.message, page.installer.hint]
	got["log"] = page._log.text
	got["python"] = Managed.python()
	got["found_by_itself"] = Program.find() == Managed.python() and Managed.python() != ""
	got["after"] = page._status.text
	page.check()
	await settled()
	got["checked"] = page._log.text.get_slice("Checking ", page._log.text.get_slice_count("Checking ") - 1)
	got["left"] = DirAccess.get_files_at(OS.get_cache_dir().path_join("dreambridge"))


## The stream in the dock, by a daemon that the managed environment runs.
func plays() -> void:
	dock().act(&"play")
	got["plays"] = await until(func() -> bool: return stream.frame_index > 3)
	got["state"] = dock().daemon_box.state()
	got["no_warnings"] = warnings()
	await end_daemon()


func end_daemon() -> void:
	preview().playing = false
	await ticks(2)
	if dock().daemon_box.own_name():
		dock().daemon_box._on_switch()
	dock()._failure = ""


## What the dock and the scene dock say of a Python that cannot start the daemon.
func failure() -> Array[String]:
	preview().playing = true
	await until(func() -> bool: return dock()._failure != "")
	var said: Array[String] = [dock().screen.words(), warnings()]
	await end_daemon()
	return said


func broken() -> void:
	var numpy := OS.get_environment("NUMPY")
	var whole := FileAccess.get_file_as_string(numpy)
	if not whole:
		return  # the installation failed
	FileAccess.open(numpy, FileAccess.WRITE).store_string("raise ImportError('libblas.so.3: cannot open shared object file')\n")
	got["broken"] = await failure()
	page.check()
	await settled()
	got["broken_checked"] = page._log.text.right(5000)
	await install()
	got["repaired"] = [page.installer.outcome, FileAccess.get_file_as_string(numpy) == whole]


func other_pythons() -> void:
	for title: String in ["WITHOUT_ONNXRUNTIME", "BASE", "OLD", "NO_PYTHON"]:
		Settings.set_own_python(OS.get_environment(title))
		got["with_" + title] = await failure()
	Settings.set_own_python("")
	Settings.share(Program.AUTOSTART_IN_EDITOR, false)
	got["no_autostart"] = [(await failure())[0], dock().daemon_box.state()]
	Settings.share(Program.AUTOSTART_IN_EDITOR, true)
	for title: String in ["other_version", "other_major", "full"]:
		stream.daemon = title
		preview().playing = true
		await until(func() -> bool: return stream.frame_index > 3 or dock()._failure != "")
		got[title] = [stream.frame_index > 3, dock()._failure, dock().daemon_box.state(), warnings()]
		await end_daemon()
	stream.daemon = "default"


## A path of this machine does not stay in the project's settings.
func paths() -> void:
	FileAccess.open("res://export_presets.cfg", FileAccess.WRITE).store_string("[preset.0]\nname=\"Browser\"\nplatform=\"Web\"\n")
	got["web"] = warnings()
	var inside := ProjectSettings.globalize_path("res://.venv/bin/python")
	ProjectSettings.set_setting(Program.SETTING, inside)
	await ticks(2)
	got["inside"] = ProjectSettings.get_setting(Program.SETTING)
	ProjectSettings.set_setting(Program.SETTING, OS.get_environment("BASE"))
	await ticks(2)
	got["outside"] = [ProjectSettings.get_setting(Program.SETTING), Settings.own_python()]
	Settings.set_own_python("")
	ProjectSettings.save()
