/** A head in Babylon.js, with its real loader: what a test asks of it. */

import { ArcRotateCamera } from "@babylonjs/core/Cameras/arcRotateCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { LoadAssetContainerAsync } from "@babylonjs/core/Loading/sceneLoader.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import "@babylonjs/loaders/glTF/2.0/glTFLoader.js";

import { BabylonFace } from "../../../web/faces/babylon.js";

const SIZE = 256;

class Stage {
  constructor(engine, scene, container) {
    Object.assign(this, { engine, scene, container });
    container.addAllToScene();
    this.camera = new ArcRotateCamera("camera", Math.PI / 2, Math.PI / 2, 4, Vector3.Zero(), scene);
    this.camera.minZ = 0.1;
    this.light = new HemisphericLight("light", new Vector3(0, 1, 1), scene);
  }

  wear(names) {
    this.face = new BabylonFace(this.container.meshes, names);
    return this.face.missing;
  }

  mesh(name) {
    return this.container.meshes.find((mesh) => mesh.name.startsWith(name));
  }

  /** The lips' distance in each frame, morphed by Babylon itself. */
  gaps(frames, { upperLip, lowerLip }) {
    return frames.map((weights) => {
      this.face.show(weights);
      const positions = this.mesh("Head").getPositionData(false, true);
      return positions[3 * upperLip + 1] - positions[3 * lowerLip + 1];
    });
  }

  /** Pixels of the dark inside of the mouth. */
  async dark() {
    await this.scene.whenReadyAsync();
    this.scene.render();
    const pixels = new Uint8Array((await this.engine.readPixels(0, 0, SIZE, SIZE / 2)).buffer);
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      count += pixels[at] > 40 && pixels[at + 1] < 0.45 * pixels[at] ? 1 : 0;
    }
    return count;
  }

  /** Shaders compiled so far. */
  compiled() {
    return Object.keys(this.engine._compiledEffects).length;
  }
}

/** Loads a head. */
export async function load(url) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  document.body.replaceChildren(canvas);
  const engine = new Engine(canvas, false, { preserveDrawingBuffer: true });
  const scene = new Scene(engine);
  return new Stage(engine, scene, await LoadAssetContainerAsync(url, scene));
}
