/** A visitor's own avatar, a GLB or a VRM, in three.js. Loaded only when one is chosen. */

import { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";
import {
  Box3,
  DirectionalLight,
  HemisphereLight,
  MathUtils,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

import { TalkingHeadFace } from "../faces/talkinghead.js";
import { VrmFace } from "../faces/vrm.js";

/** @typedef {{show: (weights: ArrayLike<number>) => void, missing: string[]}} Shows */

const FIELD = 24; // degrees, upright
const MARGIN = 1.25; // of the head's size that is seen
const NECK = 0.42; // share of the way from the head's joint to the crown where a face's middle is
const HEAD = 1.5; // heights of a head from its joint to the crown that are seen of it
const BODY = 3.5; // such heights from which what morphs is more than a head
const HEAD_BONE = /(^|[^a-z])head$/i;
const LONGEST_STEP = 0.1; // s between two drawings, for springs

/** A loaded avatar on a canvas. */
export class Avatar {
  #gltf;
  #face;
  #scene = new Scene();
  #camera = new PerspectiveCamera(FIELD, 1, 0.01, 100);
  #renderer;
  #frame;
  #drawnAt = 0;

  /** @param {HTMLCanvasElement} canvas @param {any} gltf @param {string[]} names */
  constructor(canvas, gltf, names) {
    this.#gltf = gltf;
    this.#face = faceOf(gltf, names);
    this.#renderer = new WebGLRenderer({ canvas, alpha: true, antialias: true });
    const sun = new DirectionalLight(0xffffff, 2);
    sun.position.set(0.6, 1, 2);
    this.#scene.add(gltf.scene, new HemisphereLight(0xffffff, 0xc8b8a8, 1.6), sun);
    gltf.scene.updateMatrixWorld(true);
    this.#frame = headOf(gltf);
  }

  /** Reads a file; throws an Error whose message can be shown. @param {HTMLCanvasElement} canvas
   * @param {File} file @param {string[]} names the weights' names @returns {Promise<Avatar>} */
  static async open(canvas, file, names) {
    const loader = new GLTFLoader()
      .setDRACOLoader(new DRACOLoader().setDecoderPath("draco/"))
      .setMeshoptDecoder(MeshoptDecoder);
    loader.register((/** @type {any} */ parser) => new VRMLoaderPlugin(parser));
    let gltf;
    try {
      gltf = await loader.parseAsync(await file.arrayBuffer(), "");
    } catch (error) {
      const reason = /** @type {Error} */ (error).message;
      throw new Error(`${file.name} is no GLB or VRM that can be read: ${reason}`, {
        cause: error,
      });
    }
    if (gltf.userData.vrm) VRMUtils.rotateVRM0(gltf.userData.vrm);
    return new Avatar(canvas, gltf, names);
  }

  /** Names that the avatar lacks. */
  get missing() {
    return this.#face.missing;
  }

  /** The weights' names. @param {string[]} names */
  set names(names) {
    this.#face = faceOf(this.#gltf, names);
  }

  /** Fits the picture to the canvas's size on the page, the whole head in it. */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.#renderer.domElement;
    if (width === 0 || height === 0) return;
    this.#renderer.setPixelRatio(Math.min(devicePixelRatio || 1, 2));
    this.#renderer.setSize(width, height, false);
    const { middle, size } = this.#frame;
    this.#camera.aspect = width / height;
    const seen = (size * MARGIN) / Math.min(1, this.#camera.aspect);
    const far = seen / 2 / Math.tan(MathUtils.degToRad(FIELD / 2)) + size / 2;
    this.#camera.position.copy(middle).add(new Vector3(0, 0, far));
    this.#camera.near = far / 100;
    this.#camera.far = far * 10;
    this.#camera.updateProjectionMatrix();
  }

  /** @param {ArrayLike<number>} weights [shapes], 0..1 @param {number} seconds any clock's */
  draw(weights, seconds) {
    this.#face.show(weights);
    this.#gltf.userData.vrm?.update(Math.min(seconds - this.#drawnAt, LONGEST_STEP));
    this.#drawnAt = seconds;
    this.#renderer.render(this.#scene, this.#camera);
  }

  /** Lets go of its memory; the canvas can be used again. */
  close() {
    VRMUtils.deepDispose(this.#gltf.scene);
    this.#renderer.dispose();
  }
}

/** What shows the weights. @param {any} gltf @param {string[]} names @returns {Shows} */
function faceOf({ scene, userData }, names) {
  return userData.vrm ? new VrmFace(userData.vrm, names) : new TalkingHeadFace(scene, names);
}

/** Where the head is, and how large: what morphs, or by its joint where that is more than a head.
 * @param {any} gltf @returns {{middle: any, size: number}} in the scene's units */
function headOf({ scene, userData }) {
  const faces = boxOf(scene, (part) => part.morphTargetInfluences);
  const extent = faces.getSize(new Vector3());
  const joint = userData.vrm?.humanoid?.getRawBoneNode("head") ?? headJoint(scene);
  const at = joint?.getWorldPosition(new Vector3());
  const crown = joint ? boxOf(scene, (part) => part.isMesh).max.y - at.y : 0;
  if (crown <= 0 || extent.y < BODY * crown) {
    return { middle: faces.getCenter(new Vector3()), size: Math.max(extent.x, extent.y) };
  }
  at.y += NECK * crown;
  return { middle: at, size: HEAD * crown };
}

/** @param {any} scene @param {(part: any) => unknown} counts */
function boxOf(scene, counts) {
  const box = new Box3();
  scene.traverse((/** @type {any} */ part) => {
    if (counts(part)) box.expandByObject(part);
  });
  return box;
}

/** @param {any} scene */
function headJoint(scene) {
  /** @type {any} */
  let joint = null;
  scene.traverse((/** @type {any} */ part) => {
    if (!joint && part.isBone && HEAD_BONE.test(part.name)) joint = part;
  });
  return joint;
}
