using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Network;

[Collection(TorchGenerator.Tests)]
public sealed class GradientTests
{
    public static TheoryData<string> Recipes => [.. Recipe.All.Select(recipe => recipe.Name)];

    // On some machines libtorch's convolutions read memory that nobody wrote where the channels fill no vector of the processor.
    [Theory, MemberData(nameof(Recipes))]
    public void Libtorch_computes_the_gradients_that_double_precision_gives(string recipe)
    {
        using var scope = NewDisposeScope();
        LeaveNotANumberInFreedMemory();
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        network.train();
        Tensor images = randn(64, 1, 28, 28), numbers = nn.functional.one_hot(arange(64) % 10, 10), digits = arange(64) % 7;
        network.SeedEpoch(seed: 1, epoch: 1);
        Tensor single = Gradient(network, images, numbers.to_type(ScalarType.Float32), digits);
        network.to(ScalarType.Float64);
        network.SeedEpoch(seed: 1, epoch: 1);
        Tensor twice = Gradient(network, images.to_type(ScalarType.Float64), numbers.to_type(ScalarType.Float64), digits);
        double difference = ((single - twice).norm() / twice.norm()).ToDouble();
        Assert.InRange(difference, 0, 0.02); // 2e-3 where a value near 0 falls to the other side
    }

    private static Tensor Gradient(DigitSumNetwork network, Tensor images, Tensor numbers, Tensor digits)
    {
        foreach (var parameter in network.parameters())
            parameter.grad = null;
        (Tensor digit, Tensor sum) = network.call(images, numbers);
        (nn.functional.cross_entropy(digit, digits) + nn.functional.cross_entropy(sum, digits)).backward();
        return cat([.. network.parameters().Select(parameter => parameter.grad!.flatten().to_type(ScalarType.Float64))]);
    }

    private static void LeaveNotANumberInFreedMemory()
    {
        for (int i = 0; i < 100; i++)
            full(1000 + (i * 1999), float.NaN).Dispose();
    }
}
