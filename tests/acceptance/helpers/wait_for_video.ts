// What the production workflow calls and does not define: a wait with four arguments that gives the whole status.
async function waitForVideo(
  videoId: string,
  apiKey: string,
  onProgress: (status: string, elapsed: number) => void,
  timeout: number
) {
  const started = Date.now();
  while (Date.now() - started < timeout) {
    const response = await fetch(`https://api.heygen.com/v1/video_status.get?video_id=${videoId}`, {
      headers: { "X-Api-Key": apiKey },
    });
    const { data } = await response.json();
    onProgress(data.status, Date.now() - started);
    if (data.status === "completed") return data;
    if (data.status === "failed") throw new Error(data.error.message);
    await new Promise((r) => setTimeout(r, 5000));
  }
  throw new Error("Video generation timed out");
}
