using MnistAdder.Serving.Images.Ink;

namespace MnistAdder.Serving.Tests.Images;

/// <summary>What becomes of a picture on its way into the model: as it is after each step, in the order of the steps.</summary>
internal sealed class PreparationSteps : IPreparationWitness
{
    private readonly List<Step> _all = [];

    private PreparationSteps()
    {
    }

    /// <summary>Prepares a picture, and keeps what is seen on the way; last comes the model's input, black where there is none.</summary>
    public static IReadOnlyList<Step> Of(byte[] file)
    {
        var steps = new PreparationSteps();
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        if (!new DigitImageDecoder { Witness = steps }.TryDecode(file, pixels, out _, out _))
            Array.Clear(pixels);
        steps._all.Add(new Step("input", pixels, MnistGeometry.Side));
        return steps._all;
    }

    void IPreparationWitness.See(string step, ReadOnlySpan<byte> levels, int width) => _all.Add(new Step(step, levels.ToArray(), width));

    /// <summary>A picture after a step.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Levels">Grey levels or strengths of ink in row order.</param>
    /// <param name="Width">The picture's width.</param>
    internal sealed record Step(string Name, byte[] Levels, int Width);
}
