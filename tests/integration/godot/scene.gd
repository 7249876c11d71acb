# A head of one triangle; prints what its blend shapes are at each frame, as JSON.
extends SceneTree

const KEYS = ["jawOpen", "Head.mouthSmile_L", "eye_blink_right", "Fat"]

var face
var head
var sample


func _init():
	head = MeshInstance.new()
	var arrays = []
	arrays.resize(Mesh.ARRAY_MAX)
	arrays[Mesh.ARRAY_VERTEX] = PoolVector3Array([Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 1, 0)])
	arrays[Mesh.ARRAY_NORMAL] = PoolVector3Array([Vector3(0, 0, 1), Vector3(0, 0, 1), Vector3(0, 0, 1)])
	var mesh = ArrayMesh.new()
	var moves = []
	for key in KEYS:
		mesh.add_blend_shape(key)
		moves.append(arrays)
	mesh.add_surface_from_arrays(Mesh.PRIMITIVE_TRIANGLES, arrays, moves)
	head.mesh = mesh
	head.name = "Head"
	get_root().add_child(head)
	face = load("res://a2e_face_godot3.gd").new()
	face.mesh = NodePath("/root/Head")
	face.connect("heard", self, "_print")
	face.connect("failed", self, "_give_up")
	get_root().add_child(face)
	var arguments = OS.get_environment("A2E_URL")
	if arguments == "":
		face.open_clip("res://face.json")
		_print()
		return
	face.url = arguments
	face.options = {"seed": 7}
	var file = File.new()
	file.open("res://speech.raw", File.READ)
	sample = AudioStreamSample.new()
	sample.format = AudioStreamSample.FORMAT_16_BITS
	sample.mix_rate = 16000
	sample.data = file.get_buffer(file.get_len())
	face.speak(sample)


func _print():
	var shown = []
	for k in range(face.frames.size()):
		face.show_at(k / face.fps)
		var row = []
		for key in KEYS:
			row.append(head.get("blend_shapes/" + key))
		shown.append(row)
	var file = File.new()
	file.open("res://shown.json", File.WRITE)
	file.store_string(JSON.print(shown))
	file.close()
	quit()


func _give_up(_message):
	quit(3)
