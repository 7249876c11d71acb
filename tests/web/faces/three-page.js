/** Avatars in three.js, with the real loaders: what a test asks of them. */

import { VRMLoaderPlugin } from "@pixiv/three-vrm";
import {
  AmbientLight,
  DirectionalLight,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

import { TalkingHeadFace } from "/web/faces/talkinghead.js";
import { ThreeFace } from "/web/faces/three.js";
import { VrmFace } from "/web/faces/vrm.js";

const faces = { ThreeFace, TalkingHeadFace, VrmFace };
const SIZE = 256;

/** An avatar in a scene of its own, drawn on a canvas. */
class Stage {
  constructor(gltf) {
    this.gltf = gltf;
    this.scene = new Scene();
    this.scene.add(gltf.scene, new AmbientLight(0xffffff, 1.2));
    const sun = new DirectionalLight(0xffffff, 2);
    sun.position.set(0.5, 1, 2);
    this.scene.add(sun);
    this.camera = new PerspectiveCamera(40, 1, 0.1, 20);
    this.camera.position.set(0, 0, 4);
    this.renderer = new WebGLRenderer({ preserveDrawingBuffer: true });
    this.renderer.setSize(SIZE, SIZE);
    document.body.replaceChildren(this.renderer.domElement);
    gltf.scene.updateMatrixWorld(true);
  }

  /** Makes the face and tells what it lacks. */
  wear(kind, names, options) {
    const { vrm } = this.gltf.userData;
    this.face = new faces[kind](vrm ?? this.gltf.scene, names, options);
    const { missing, mouth, perfectSync } = this.face;
    return { missing, mouth, perfectSync };
  }

  show(weights) {
    this.face.show(weights);
    this.gltf.userData.vrm?.update(1 / 30);
  }

  mesh(name) {
    let found;
    this.gltf.scene.traverse((part) => {
      if (part.name === name && part.isMesh) found = part;
    });
    return found;
  }

  /** Where a point is, morphed by three.js itself. */
  point(name, index) {
    return this.mesh(name).getVertexPosition(index, new Vector3());
  }

  gap() {
    const { upperLip, lowerLip } = this.mesh("Head").userData;
    return this.point("Head", upperLip).y - this.point("Head", lowerLip).y;
  }

  gaps(frames) {
    return frames.map((weights) => {
      this.show(weights);
      return this.gap();
    });
  }

  /** Pixels of the dark inside of the mouth. */
  dark() {
    this.renderer.render(this.scene, this.camera);
    const gl = this.renderer.getContext();
    const pixels = new Uint8Array(2 * SIZE * SIZE); // the lower half
    gl.readPixels(0, 0, SIZE, SIZE / 2, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      count += pixels[at] > 40 && pixels[at + 1] < 0.45 * pixels[at] ? 1 : 0;
    }
    return count;
  }

  /** Values of a VRM's expressions. */
  expressions(names) {
    const { expressionManager } = this.gltf.userData.vrm;
    return names.map((name) => expressionManager.getValue(name));
  }

  /** How a bone is turned about x and y, degrees. */
  turn(bone) {
    const node = this.gltf.userData.vrm.humanoid.getRawBoneNode(bone);
    return [node.rotation.x, node.rotation.y].map((angle) => (angle * 180) / Math.PI);
  }
}

/** Loads an avatar. */
export async function load(url) {
  const loader = new GLTFLoader();
  loader.register((parser) => new VRMLoaderPlugin(parser));
  return new Stage(await loader.loadAsync(url));
}
