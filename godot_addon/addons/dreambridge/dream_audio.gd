@icon("icons/dream_audio.svg")
class_name DreamAudio
extends Node
## Directs an [code]audio[/code] condition of a [DreamStream] by the sound of an audio bus: the levels of 16 bands, and the onset.
##
## Uses the bus's AudioEffectSpectrumAnalyzer, or adds one while this node is in the tree. Sends at most [member rate] times a
## second, and only if a number has changed by more than [member dead_band].

## Bands of the spectrum.
const BANDS := 16
## The lower end of the first band, in Hz.
const MIN_HZ := 40.0
## The upper end of the last band, in Hz.
const MAX_HZ := 12000.0
## A sine of full scale is 1, one 60 dB below it 0.
const FLOOR_DB := 60.0
## What the engine's analyser gives for a sine of full scale (4.6.3), in dB.
const FULL_SCALE_DB := -6.0
## Onsets are measured against at least this rise of the spectrum, so that silence has none.
const QUIET_FLUX := 0.08

## The stream to direct.
@export var stream: DreamStream
## Name of the condition.
@export var condition := "audio"
## Name of the bus.
@export var bus := &"Master"
## Directions a second, at most.
@export_range(1.0, 60.0, 1.0) var rate := 24.0
## Smaller changes are not sent.
@export_range(0.0, 0.2, 0.005) var dead_band := 0.01

## The newest levels and the onset, 17 numbers in 0-1.
var features := PackedFloat32Array()

var _analyzer: AudioEffectSpectrumAnalyzerInstance
var _added: AudioEffectSpectrumAnalyzer
var _since := 0.0
var _sent := PackedFloat32Array()
var _before := PackedFloat32Array()
var _mean := 0.0
var _most := QUIET_FLUX
var _onset := 0.0


func _ready() -> void:
	features.resize(BANDS + 1)
	_before.resize(BANDS)


func _enter_tree() -> void:
	var index := AudioServer.get_bus_index(bus)
	if index < 0:
		push_warning("Dreambridge: the audio bus %s of the DreamAudio %s does not exist." % [bus, name])
		return
	for k in AudioServer.get_bus_effect_count(index):
		if AudioServer.get_bus_effect(index, k) is AudioEffectSpectrumAnalyzer:
			_analyzer = AudioServer.get_bus_effect_instance(index, k)
			return
	_added = AudioEffectSpectrumAnalyzer.new()
	_added.fft_size = AudioEffectSpectrumAnalyzer.FFT_SIZE_2048
	AudioServer.add_bus_effect(index, _added)
	_analyzer = AudioServer.get_bus_effect_instance(index, AudioServer.get_bus_effect_count(index) - 1)


func _exit_tree() -> void:
	_analyzer = null
	if _added == null:
		return
	var index := AudioServer.get_bus_index(bus)
	for k in AudioServer.get_bus_effect_count(index):
		if AudioServer.get_bus_effect(index, k) == _added:
			AudioServer.remove_bus_effect(index, k)
			break
	_added = null


func _process(delta: float) -> void:
	_since += delta
	if _analyzer == null or _since < 1.0 / rate:
		return
	_listen(_since)
	_since = fmod(_since, 1.0 / rate)
	if stream == null or stream.state not in [DreamStream.State.PLAYING, DreamStream.State.SLOWED] or not _differs():
		return
	_sent = features.duplicate()
	stream.direct({condition: _sent}, 0.0)


## Read the levels; [param passed] seconds since the last time.
func _listen(passed: float) -> void:
	var rise := 0.0
	for b in BANDS:
		var low := MIN_HZ * pow(MAX_HZ / MIN_HZ, float(b) / BANDS)
		var high := MIN_HZ * pow(MAX_HZ / MIN_HZ, (b + 1.0) / BANDS)
		var both := _analyzer.get_magnitude_for_frequency_range(low, high, AudioEffectSpectrumAnalyzerInstance.MAGNITUDE_MAX)
		var db := linear_to_db(maxf(maxf(both.x, both.y), 1e-6)) - FULL_SCALE_DB
		var level := clampf(1.0 + db / FLOOR_DB, 0.0, 1.0)
		rise += maxf(0.0, level - _before[b])
		_before[b] = level
		features[b] = level
	var flux := rise / BANDS
	var above := maxf(0.0, flux - _mean)
	_mean = lerpf(flux, _mean, exp(-passed / 0.5))
	_most = maxf(maxf(above, _most * exp(-passed / 4.0)), QUIET_FLUX)
	_onset = maxf(above / _most, _onset * exp(-passed / 0.1))
	features[BANDS] = _onset


func _differs() -> bool:
	if _sent.size() != features.size():
		return true
	for k in features.size():
		if absf(features[k] - _sent[k]) > dead_band:
			return true
	return false
