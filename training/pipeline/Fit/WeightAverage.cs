using MnistAdder.Training.Base;
using MnistAdder.Training.Network;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>The moving average of a network's weights and running statistics over its training steps.</summary>
/// <remarks>
/// Its window grows with the steps: O. Shamir and T. Zhang, "Stochastic Gradient Descent for Non-smooth Optimization: Convergence
/// Results and Optimal Averaging Schemes" (2013), polynomial-decay averaging.
/// </remarks>
internal sealed class WeightAverage
{
    private readonly (Tensor Average, Tensor Latest)[] _pairs;
    private readonly double _exponent;

    /// <param name="average">Receives the average, which begins with the latest weights; of the same structure as <paramref name="latest"/>.</param>
    /// <param name="latest">The network that is trained.</param>
    /// <param name="exponent">η, at least 0: weights count with the η-th power of their step's number, so that most of the average is of the last 1/(η + 1) of the steps.</param>
    public WeightAverage(DigitSumNetwork average, DigitSumNetwork latest, double exponent)
    {
        Dictionary<string, Tensor> source = latest.state_dict();
        _pairs = [.. average.state_dict().Select(entry => (entry.Value, source[entry.Key]))];
        _exponent = exponent;
        using var noGradient = no_grad();
        foreach ((Tensor first, Tensor now) in _pairs)
            first.copy_(now);
    }

    /// <summary>Takes in the weights after a step.</summary>
    /// <param name="step">Steps before it, over all epochs.</param>
    public void Update(int step)
    {
        using var noGradient = no_grad();
        double share = (_exponent + 1) / (_exponent + 1 + step);
        foreach ((Tensor average, Tensor latest) in _pairs)
        {
            if (average.is_floating_point())
                average.GoTowards(latest, share);
            else
                average.copy_(latest);
        }
    }
}
