using MnistAdder.Training.Network;
using TorchSharp.Modules;

namespace MnistAdder.Training.Page.Plots;

/// <summary>The weights of the convolution that the image meets first.</summary>
/// <param name="Layer">Its name in the state dict, for instance <c>digit.conv1</c>.</param>
/// <param name="Height">Height of a filter in pixels.</param>
/// <param name="Width">Width of a filter in pixels.</param>
/// <param name="Weights">One filter after the other, each in row order.</param>
internal sealed record ConvolutionFilters(string Layer, int Height, int Width, IReadOnlyList<float[]> Weights)
{
    /// <summary>Reads a network's first convolution.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Its filters; null where the image branch has no convolution over a single channel.</returns>
    public static ConvolutionFilters? First(DigitSumNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        (string name, Conv2d? convolution) = network.named_modules().Select(one => (one.name, one.module as Conv2d)).FirstOrDefault(one => one.Item2 is not null);
        if (convolution is null || convolution.weight.shape[1] != 1)
            return null;
        using var weights = convolution.weight.detach().cpu(); // [filters, 1, height, width]
        int height = (int)weights.shape[2], width = (int)weights.shape[3];
        return new ConvolutionFilters(name, height, width, [.. weights.data<float>().ToArray().Chunk(height * width)]);
    }
}
