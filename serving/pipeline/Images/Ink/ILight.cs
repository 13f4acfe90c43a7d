namespace MnistAdder.Serving.Images.Ink;

/// <summary>The shade that paper has over an image.</summary>
internal interface ILight
{
    /// <summary>The shade at a pixel, in grey levels.</summary>
    double At(int x, int y);
}
