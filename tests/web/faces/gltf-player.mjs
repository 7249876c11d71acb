/**
 * Plays a glTF file's animation in three.js: node gltf-player.mjs FILE CLIP TIME…, in seconds.
 * Prints the animations' names, each sampler's times, and the morph targets of each mesh at each time.
 */

import { readFile } from "node:fs/promises";

const MODULES = new URL("../../../web/node_modules/three/", import.meta.url);
const { AnimationMixer } = await import(new URL("build/three.module.js", MODULES).href);
const { GLTFLoader } = await import(new URL("examples/jsm/loaders/GLTFLoader.js", MODULES).href);

const [path, name, ...times] = process.argv.slice(2);
const raw = await readFile(path);
const data = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength);
// What its loaders take from a page, among them ProgressEvent of FileLoader for data URIs.
Object.assign(globalThis, {
  self: globalThis,
  ProgressEvent: class extends Event {},
});
const gltf = await new GLTFLoader().parseAsync(data, "");
const clip = gltf.animations.find((one) => one.name === name);
const mixer = new AnimationMixer(gltf.scene);
mixer.clipAction(clip).play();

const meshes = {};
gltf.scene.traverse((part) => {
  if (part.isMesh && part.morphTargetDictionary) meshes[part.name] = part;
});
const shown = times.map((time) => {
  mixer.setTime(Number(time));
  return Object.fromEntries(
    Object.entries(meshes).map(([mesh, { morphTargetDictionary, morphTargetInfluences }]) => [
      mesh,
      Object.fromEntries(
        Object.entries(morphTargetDictionary).map(([target, i]) => [
          target,
          morphTargetInfluences[i],
        ]),
      ),
    ]),
  );
});
const animations = gltf.animations.map((one) => one.name);
const keys = [...(clip.tracks[0]?.times ?? [])];
process.stdout.write(JSON.stringify({ animations, keys, shown }));
