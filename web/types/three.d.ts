/** What the demo page takes from three.js, which brings no types of its own. */

declare module "three";
declare module "three/addons/libs/meshopt_decoder.module.js";
declare module "three/addons/loaders/DRACOLoader.js";
declare module "three/addons/loaders/GLTFLoader.js";
