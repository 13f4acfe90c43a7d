namespace MnistAdder.Serving.Images.Ink;

/// <summary>Sees an image between the steps of its preparation.</summary>
internal interface IPreparationWitness
{
    /// <summary>Is shown an image.</summary>
    /// <param name="step">The step that has just been taken.</param>
    /// <param name="levels">Grey levels before the paper is subtracted, strengths of ink after; to be copied.</param>
    /// <param name="width">Width of the image in pixels.</param>
    void See(string step, ReadOnlySpan<byte> levels, int width);
}
