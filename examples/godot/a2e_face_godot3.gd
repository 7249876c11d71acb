# A face for Godot 3: drives a MeshInstance's blend shapes from a2e's service, or from a clip.
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

export var url = "ws://127.0.0.1:8000/ws/a2e"
export(NodePath) var mesh
export(NodePath) var player # an AudioStreamPlayer, if there is sound
export(Dictionary) var options = {} # more of `start`: {"seed": 1, "mood": {"joy": 0.3}}

var names = []
var fps = 30.0
var frames = []

var _socket = null
var _pcm = PoolByteArray()
var _sent = 0
var _start = {}
var _ready_to_send = false
var _over = false
var _targets = [] # of each name: properties of the mesh


# Speaks a 16-bit AudioStreamSample: frames come as they are made, `heard` after the last.
func speak(sample):
	if sample.format != AudioStreamSample.FORMAT_16_BITS:
		return _fail("a2e takes 16-bit samples: import the WAV without compression")
	frames = []
	_pcm = sample.data
	_sent = 0
	_ready_to_send = false
	_over = false
	_start = {"type": "start", "rate": sample.mix_rate, "channels": 2 if sample.stereo else 1}
	for key in options:
		_start[key] = options[key]
	_socket = WebSocketClient.new()
	_socket.set_buffers(1024, 256, 1024, 1024) # kB and packets, in and out
	_socket.connect("connection_established", self, "_on_connected")
	_socket.connect("connection_error", self, "_on_lost")
	_socket.connect("connection_closed", self, "_on_lost")
	_socket.connect("data_received", self, "_on_data")
	if _socket.connect_to_url(url) != OK:
		return _fail("can't reach " + url)
	if player:
		get_node(player).stream = sample


# Takes a clip of a2e animate: bsdata's JSON.
func open_clip(path):
	var file = File.new()
	if file.open(path, File.READ) != OK:
		return _fail("can't open " + path)
	var face = JSON.parse(file.get_as_text()).result
	if not face is Dictionary or not face.has("metadata"):
		return _fail(path + " is no clip: a2e animate speech.wav -o face.json")
	_name(face.names, face.metadata.fps)
	frames = []
	for frame in face.frames:
		frames.append(frame.weights)


# Plays the sound; the face follows it.
func play():
	get_node(player).play()


# Shows the face `seconds` into the speech, between two frames in proportion.
func show_at(seconds):
	if frames.empty():
		return
	var place = clamp(seconds * fps, 0, frames.size() - 1)
	var first = frames[int(place)]
	var second = frames[int(min(place + 1, frames.size() - 1))]
	var head = get_node(mesh)
	for i in range(_targets.size()):
		var value = lerp(first[i], second[i], place - int(place))
		for target in _targets[i]:
			head.set(target, value)


func _process(_delta):
	if _socket:
		_socket.poll()
		if _over: # and not before: it can't go while it calls us
			_socket = null
		else:
			_send()
	if player and get_node(player).playing:
		show_at(get_node(player).get_playback_position())


func _send():
	if not _ready_to_send:
		return
	var peer = _socket.get_peer(1)
	if _sent < _pcm.size():
		peer.set_write_mode(WebSocketPeer.WRITE_MODE_BINARY)
		var last = int(min(_sent + SENT_AT_ONCE, _pcm.size()))
		peer.put_packet(_pcm.subarray(_sent, last - 1))
		_sent = last
	else:
		_tell({"type": "end"})
		_ready_to_send = false


func _tell(message):
	var peer = _socket.get_peer(1)
	peer.set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	peer.put_packet(JSON.print(message).to_utf8())


func _on_connected(_protocol):
	_tell(_start)


func _on_data():
	var message = JSON.parse(_socket.get_peer(1).get_packet().get_string_from_utf8()).result
	match message.type:
		"ready":
			_name(message.names, message.fps)
			_ready_to_send = true
		"frames":
			frames += message.weights
			if player and not get_node(player).playing and frames.size() == message.weights.size():
				play()
		"end":
			_over = true
			emit_signal("heard")
		"error":
			_fail(message.message)


func _on_lost(_clean = false):
	if not _over:
		_fail("the connection to " + url + " is gone")


func _fail(message):
	_over = true
	push_error("a2e: " + message)
	emit_signal("failed", message)


# Finds the blend shape of each name: jawOpen, JawOpen, jaw_open, blendShape1.jawOpen, mouthSmile_L.
func _name(shapes, rate):
	names = shapes
	fps = float(rate)
	_targets = []
	var own = {}
	var drawn = get_node(mesh).mesh
	for i in range(drawn.get_blend_shape_count()):
		own[drawn.get_blend_shape_name(i)] = _plain(drawn.get_blend_shape_name(i))
	for shape in names:
		var found = []
		for target in own:
			if own[target] == _plain(shape) or own[target].ends_with("." + _plain(shape)):
				found.append("blend_shapes/" + target)
		_targets.append(found)


static func _plain(name):
	var whole = name
	for side in [["_L", "Left"], ["_R", "Right"]]:
		if whole.ends_with(side[0]):
			whole = whole.substr(0, whole.length() - 2) + side[1]
	return whole.replace("_", "").to_lower()
