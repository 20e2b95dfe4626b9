@tool
extends RefCounted
## What the page and the dock say of the environment, and what to do next.

const Managed := preload("../../system/managed.gd")
const Question := preload("../../system/question.gd")
const Sandbox := preload("../../system/sandbox.gd")
const Terminal := preload("../../system/terminal.gd")
const MAX_REFUSED := 6


## The state of the managed environment. [param about] is its marker, [param python] its Python if it is complete.
static func status(about: Dictionary, python: String, wheel: String, busy: bool, sandbox: String) -> String:
	if busy:
		return "Installing into %s" % Managed.folder()
	if python:
		return "Dreambridge %s is installed, with Python %s, in %s" % [about.get("dreambridge", "?"), about.get("python", "?"), Managed.folder()]
	var said := ""
	if about:
		said = "The environment in %s is incomplete, or its Python is gone. Press Repair." % Managed.folder()
	elif wheel:
		said = "Not installed. Install makes a Python environment with Dreambridge in %s. Games that you run from the editor find it by themselves." % Managed.folder()
	else:
		said = "Not installed."
	if wheel == "":
		said += " This copy of the addon has no wheel to install from: it is not from the release zip. Use the zip (dreambridge package --godot-addon makes it), or install Dreambridge from its checkout (pip install '.[cpu]') and choose that Python below."
	return (said + " " + Sandbox.about_starting(sandbox)).strip_edges()


## Under the list of Pythons: what is wrong with those that cannot be used, and the way out where none can.
static func found(all: Array[Dictionary], searching: bool, one: Dictionary, sandbox: String) -> String:
	if searching:
		return "Looking for Pythons …"
	if one and one["refusal"]:
		return "%s cannot be used. %s" % [one["path"], one["refusal"]]
	if one:
		return ""
	var said := "No Python of version %s or newer was found. %s Then press Search again, or Browse to it.\n%s" % [
		".".join(Question.MIN_PYTHON.map(str)), how_to_get_one(OS.get_name()), Sandbox.outside(sandbox)
	]
	for about: Dictionary in all.slice(0, MAX_REFUSED):
		said = "%s\n%s: %s" % [said.strip_edges(), about["path"], about["refusal"]]
	return said.strip_edges()


## One of the list of Pythons.
static func offered(about: Dictionary) -> String:
	var said := "Python %s   %s" % [about["version"] if about["version"] else "?", about["path"]]
	return said + ("   (cannot be used: %s)" % about["refusal"] if about["refusal"] else "")


static func how_to_get_one(system: String) -> String:
	match system:
		"Windows":
			return "Install one from python.org, or in a terminal: winget install Python.Python.3.12"
		"macOS":
			return "Install one from python.org, or in a terminal: brew install python@3.12"
	return "Install one with your package manager, such as: sudo apt install python3 python3-venv"


## What the doctor found, for the log.
static func checked(program: String, about: Dictionary) -> String:
	var lines := PackedStringArray()
	var doctor: Dictionary = about.get("doctor", {})
	for f: Dictionary in doctor.get("findings", []):
		lines.append("%-5s %s: %s" % [f["level"] if f["level"] != "fail" else "FAIL", f["topic"], f["text"]])
		if f["hint"] and f["level"] != "ok":
			lines.append("      %s" % f["hint"])
	var trouble := Question.trouble(program, about)
	lines.append(("%s %s" % [trouble[0], trouble[1]]) if trouble[0] else "%s can run the daemon." % program)
	return "\n".join(lines)


static func no_python_to_ask(program: String) -> String:
	return "There is no Python next to %s that could be asked. Run in a terminal: %s" % [program, Terminal.line([program, "doctor"])]


## What starts the daemon while the user has chosen no Python; as a placeholder.
static func instead(shared: String, managed: String) -> String:
	if shared:
		return shared + " (this project's)"
	return "the managed environment" if managed else "none: install the managed environment, or choose a Python that has dreambridge"
