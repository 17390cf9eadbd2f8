// What the contract calls and does not define: one look at a video.
async function getVideoStatus(videoId: string) {
  const response = await fetch(`https://api.heygen.com/v1/video_status.get?video_id=${videoId}`, {
    headers: { "X-Api-Key": process.env.HEYGEN_API_KEY! },
  });
  const { data } = await response.json();
  return data;
}
