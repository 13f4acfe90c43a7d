namespace MnistAdder.Serving;

/// <summary>How a picture becomes the model's 28×28 grey levels.</summary>
public enum ImagePreparation
{
    /// <summary>
    /// A 28×28 picture that is grey and opaque is taken as it is where its border is dark and inverted where its border is light;
    /// every other picture is prepared as with <see cref="Mnist"/>.
    /// </summary>
    Auto,

    /// <summary>A 28×28 picture is taken as it is (alpha over white, then grey); every other size is an error.</summary>
    Raw,

    /// <summary>
    /// The ink is found whatever its colour and polarity, cropped, scaled into 20×20 and centred by mass: also in 28×28 pictures.
    /// A picture without ink is an error.
    /// </summary>
    Mnist,
}
