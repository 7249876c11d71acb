/** The 52 names, as the server's `ready` tells them. */

const sided = (name) => [`${name}Left`, `${name}Right`];

export const ARKIT = [
  ...["browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"].flatMap(
    sided,
  ),
  ...["eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown"].flatMap(
    sided,
  ),
  ...["mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp"].flatMap(sided),
  ...["noseSneer", "jaw", "mouth"].flatMap(sided),
  ...["browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel"],
  ...["mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"],
  "tongueOut",
].sort();
