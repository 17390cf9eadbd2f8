// What a user of @teamduality/heygen-typescript-sdk writes: list, upload, generate, poll, download; and what goes wrong.
import { writeFile } from "node:fs/promises";
import { HeygenSDK } from "@teamduality/heygen-typescript-sdk";

const sdk = new HeygenSDK(process.env.HEYGEN_API_KEY);
const seen = {};

const { avatars } = await sdk.avatars.list();
const { voices } = await sdk.voices.list();
const quota = await sdk.user.getRemainingQuota();
Object.assign(seen, { avatars, voices, quota });
seen.groups = (await sdk.avatars.listGroups({ include_public: true })).avatar_group_list;
seen.looks = (await sdk.photoAvatars.listInGroup(seen.groups[0].id)).avatar_list;

const picture = Buffer.from(process.env.PICTURE, "base64");
seen.asset = await sdk.assets.upload(picture, "image/png");

const { video_id } = await sdk.videos.generation.create({
  title: "By another's client",
  dimensions: { width: 320, height: 240 },
  video_inputs: [
    {
      character: { type: "avatar", avatar_id: avatars[0].avatar_id, avatar_style: "normal", scale: 1 },
      voice: { type: "text", input_text: "Hello.", voice_id: avatars[0].default_voice_id ?? voices[0].voice_id },
      background: { type: "image", image_asset_id: seen.asset.id, fit: "cover" },
    },
  ],
});
seen.video = await ended(video_id);
await writeFile(process.env.FILM, Buffer.from(await (await fetch(seen.video.video_url)).arrayBuffer()));

const webm = await sdk.videos.generation.createWebM({
  avatar_pose_id: avatars[0].avatar_id,
  avatar_style: "closeUp",
  input_text: "Hello.",
  voice_id: voices[0].voice_id,
});
seen.webm = await ended(webm.video_id);

seen.listed = (await sdk.videos.management.list({ limit: 100 })).videos.map((video) => video.video_id);
await sdk.videos.generation.delete(webm.video_id);
seen.errors = [
  await refused(sdk.videos.generation.get(webm.video_id)),
  await refused(new HeygenSDK("wrong").videos.management.list()),
  await refused(sdk.streaming.create({ quality: "low" })),
];
console.log(JSON.stringify(seen));

async function ended(id) {
  for (;;) {
    const video = await sdk.videos.generation.get(id);
    if (video.status === "completed" || video.status === "failed") return video;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function refused(call) {
  try {
    return { result: await call };
  } catch (error) {
    return { name: error.name, message: error.message, status: error.statusCode };
  }
}
