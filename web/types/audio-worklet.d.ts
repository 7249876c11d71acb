/** The globals of an AudioWorklet, which TypeScript's DOM library lacks. */

declare const currentTime: number;

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
