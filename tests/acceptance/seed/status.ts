// Same polling as regular videos
const status = await getVideoStatus(videoId);
// status.video_url will be a .webm file
