using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Network;

[Collection(TorchGenerator.Tests)]
public sealed class HalvingMaxPoolTests
{
    [Theory]
    [InlineData(28, 28, false)]
    [InlineData(28, 28, true)]
    [InlineData(7, 7, false)]
    [InlineData(7, 7, true)]
    [InlineData(2, 5, false)]
    [InlineData(2, 5, true)]
    public void It_gives_what_max_pooling_gives_with_or_without_a_gradient(int height, int width, bool wantsGradient)
    {
        using var pool = new HalvingMaxPool();
        using var scope = NewDisposeScope();
        Tensor values = randn(3, height, width, 16).permute(0, 3, 1, 2).detach().requires_grad_(wantsGradient);   // channels side by side
        Tensor same = values.detach().clone().requires_grad_(wantsGradient);

        Tensor seen = pool.call(values), expected = nn.functional.max_pool2d(same, [2, 2]);

        Assert.True(seen.equal(expected).all().ToBoolean());
        Assert.Equal(1, seen.stride(1));
        Assert.Equal(wantsGradient, seen.requires_grad);
        if (wantsGradient)
        {
            seen.square().sum().backward();
            expected.square().sum().backward();
            Assert.True(values.grad!.equal(same.grad!).all().ToBoolean());
        }
    }
}
