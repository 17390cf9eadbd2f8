{
voice: {
type: "audio",
audio_url: "https://example.com/your-audio.mp3"
}
}
