// The features of a sound, worked out by the daemon's analysis, as the file that a document names in `audio.features`.

import { npy } from "../model/npy.js";
import { base64 } from "./media.js";

const ROWS_A_SECOND = 50; // protocol/CUTSCENE.md
const SAMPLES = 16_000; // a second; the bands end below 8 kHz of it
const MAX_SECONDS = 240; // one message to the daemon

/** The bytes of an .npy for the bytes of a sound file. Throws { message, hint }. */
export async function featuresOf(desk, name, bytes) {
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, SAMPLES).decodeAudioData(bytes.slice(0));
  } catch {
    throw { message: `This browser cannot read ${name} as a sound.`, hint: "Use a WAV or Ogg file." };
  }
  if (sound.duration > MAX_SECONDS) throw { message: `${name} has ${Math.round(sound.duration)} seconds; the limit is ${MAX_SECONDS}.`, hint: "Use `dreambridge cutscene sound` for it." };
  const channels = Array.from({ length: sound.numberOfChannels }, (_, k) => sound.getChannelData(k));
  const samples = Int16Array.from({ length: sound.length }, (_, k) => {
    const mean = channels.reduce((sum, c) => sum + c[k], 0) / channels.length;
    return Math.round(32767 * Math.max(-1, Math.min(1, mean)));
  });
  const { rows } = await desk.request("audio_levels", { rate: SAMPLES, fps: ROWS_A_SECOND, samples: { base64: base64(new Uint8Array(samples.buffer)) } });
  return npy(rows.map((row) => row.map((v) => Math.min(1, Math.max(0, v)))));
}
