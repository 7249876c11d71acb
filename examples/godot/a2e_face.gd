# A face for Godot 4: drives a MeshInstance3D's blend shapes from a2e's service, or from a clip.
#
#   a2e serve
#   $A2EFace.speak(preload("res://speech.wav"))   # a 16-bit WAV: is spoken and shown
#   $A2EFace.open_clip("res://face.json"); $A2EFace.play()   # a2e animate speech.wav -o face.json
#
# The frame that shows follows the AudioStreamPlayer's own position.
extends Node

signal heard # the whole speech has come back as frames
signal failed(message)

const SENT_AT_ONCE = 16384 # bytes a turn; a packet's most
const BUFFER = 1 << 20 # bytes

@export var url = "ws://127.0.0.1:8000/ws/a2e"
@export var mesh: MeshInstance3D
@export var player: AudioStreamPlayer # if there is sound
@export var options = {} # more of `start`: {"seed": 1, "mood": {"joy": 0.3}}

var names = []
var fps = 30.0
var frames = []

var _socket = null
var _pcm = PackedByteArray()
var _sent = 0
var _start = {}
var _ready_to_send = false
var _over = false
var _greeted = false
var _targets = [] # of each name: the mesh's blend shapes


# Speaks a 16-bit AudioStreamWAV: frames come as they are made, `heard` after the last.
func speak(sample):
	if sample.format != AudioStreamWAV.FORMAT_16_BITS:
		return _fail("a2e takes 16-bit samples: import the WAV without compression")
	frames = []
	_pcm = sample.data
	_sent = 0
	_ready_to_send = false
	_over = false
	_start = {"type": "start", "rate": sample.mix_rate, "channels": 2 if sample.stereo else 1}
	for key in options:
		_start[key] = options[key]
	_greeted = false
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = BUFFER
	_socket.outbound_buffer_size = BUFFER
	if _socket.connect_to_url(url) != OK:
		return _fail("can't reach " + url)
	if player:
		player.stream = sample


# Takes a clip of a2e animate: bsdata's JSON.
func open_clip(path):
	if not FileAccess.file_exists(path):
		return _fail("can't open " + path)
	var face = JSON.parse_string(FileAccess.get_file_as_string(path))
	if not face is Dictionary or not face.has("metadata"):
		return _fail(path + " is no clip: a2e animate speech.wav -o face.json")
	_name(face.names, face.metadata.fps)
	frames = []
	for frame in face.frames:
		frames.append(frame.weights)


# Plays the sound; the face follows it.
func play():
	player.play()


# Shows the face `seconds` into the speech, between two frames in proportion.
func show_at(seconds):
	if frames.is_empty():
		return
	var place = clamp(seconds * fps, 0, frames.size() - 1)
	var first = frames[int(place)]
	var second = frames[int(min(place + 1, frames.size() - 1))]
	for i in range(_targets.size()):
		var value = lerp(first[i], second[i], place - int(place))
		for target in _targets[i]:
			mesh.set_blend_shape_value(target, value)


func _process(_delta):
	if _socket:
		_talk()
	if player and player.playing:
		show_at(player.get_playback_position())


func _talk():
	_socket.poll()
	var state = _socket.get_ready_state()
	if state == WebSocketPeer.STATE_OPEN and not _greeted:
		_greeted = true
		_tell(_start)
	while _socket.get_available_packet_count() and not _over:
		_take(JSON.parse_string(_socket.get_packet().get_string_from_utf8()))
	if _over:
		_socket.close()
		_socket = null
	elif state == WebSocketPeer.STATE_CLOSED:
		_fail("the connection to " + url + " is gone")
	elif state == WebSocketPeer.STATE_OPEN:
		_send()


func _send():
	if not _ready_to_send:
		return
	if _sent < _pcm.size():
		var last = mini(_sent + SENT_AT_ONCE, _pcm.size())
		_socket.send(_pcm.slice(_sent, last))
		_sent = last
	else:
		_tell({"type": "end"})
		_ready_to_send = false


func _tell(message):
	_socket.send_text(JSON.stringify(message))


func _take(message):
	match message.type:
		"ready":
			_name(message.names, message.fps)
			_ready_to_send = true
		"frames":
			frames += message.weights
			if player and not player.playing and frames.size() == message.weights.size():
				play()
		"end":
			_over = true
			heard.emit()
		"error":
			_fail(message.message)


func _fail(message):
	_over = true
	push_error("a2e: " + message)
	failed.emit(message)


# Finds the blend shape of each name: jawOpen, JawOpen, jaw_open, blendShape1.jawOpen, mouthSmile_L.
func _name(shapes, rate):
	names = shapes
	fps = float(rate)
	_targets = []
	var own = []
	var drawn: ArrayMesh = mesh.mesh
	for i in drawn.get_blend_shape_count():
		own.append(_plain(String(drawn.get_blend_shape_name(i))))
	for shape in names:
		var found = []
		for i in own.size():
			if own[i] == _plain(shape) or own[i].ends_with("." + _plain(shape)):
				found.append(i)
		_targets.append(found)


static func _plain(name):
	var whole = name
	for side in [["_L", "Left"], ["_R", "Right"]]:
		if whole.ends_with(side[0]):
			whole = whole.left(-2) + side[1]
	return whole.replace("_", "").to_lower()
