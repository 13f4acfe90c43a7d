using MnistAdder.Training.Network;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>The exponential moving average of a network's weights and running statistics over its training steps.</summary>
/// <remarks>B. Polyak and A. Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992), with exponential weights.</remarks>
internal sealed class WeightAverage
{
    private readonly (Tensor Average, Tensor Latest)[] _pairs;
    private readonly double _decay;

    /// <param name="average">Receives the average, which begins with the latest weights; of the same structure as <paramref name="latest"/>.</param>
    /// <param name="latest">The network that is trained.</param>
    /// <param name="decay">Share of the average that a step keeps once there have been many, 0…1 exclusive.</param>
    public WeightAverage(DigitSumNetwork average, DigitSumNetwork latest, double decay)
    {
        Dictionary<string, Tensor> source = latest.state_dict();
        _pairs = [.. average.state_dict().Select(entry => (entry.Value, source[entry.Key]))];
        _decay = decay;
        using var noGradient = no_grad();
        foreach ((Tensor first, Tensor now) in _pairs)
            first.copy_(now);
    }

    /// <summary>Takes in the weights after a step.</summary>
    /// <param name="step">Steps before it, over all epochs; early ones keep little of what was before them.</param>
    public void Update(int step)
    {
        using var noGradient = no_grad();
        double kept = Math.Min(_decay, (1.0 + step) / (10 + step));
        foreach ((Tensor average, Tensor latest) in _pairs)
        {
            if (average.is_floating_point())
                average.lerp_(latest, 1 - kept);
            else
                average.copy_(latest);
        }
    }
}
