{
character: {
type: "talking_photo",
talking_photo_id: "your_talking_photo_id"
}
}
