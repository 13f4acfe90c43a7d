using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class ActivationTests
{
    public static TheoryData<string, nn.Module<Tensor, Tensor>> Activations => new()
    {
        { "ReLU", nn.ReLU() },
        { "ReLU in place", nn.ReLU(inplace: true) },
        { "ReLU6", nn.ReLU6() },
        { "Hardtanh in place", nn.Hardtanh(-0.5, 1.5, inplace: true) },
        { "LeakyReLU", nn.LeakyReLU(0.3) },
        { "ELU", nn.ELU(1.7) },
        { "SELU", nn.SELU() },
        { "GELU", nn.GELU() },
        { "GELU by tanh", nn.GELU(GELU.Approximate.tanh) },
        { "SiLU", nn.SiLU() },
        { "Mish", nn.Mish() },
        { "Hardswish", nn.Hardswish() },
        { "Hardsigmoid", nn.Hardsigmoid() },
        { "Sigmoid", nn.Sigmoid() },
        { "Tanh", nn.Tanh() },
        { "Softsign", nn.Softsign() },
        { "Softmax of the last dimension", nn.Softmax(-1) },
        { "Softmax of the channels", nn.Softmax(1) },
        { "LogSoftmax of the last dimension", nn.LogSoftmax(-1) },
        { "LogSoftmax of the channels", nn.LogSoftmax(1) },
    };

    [Theory]
    [MemberData(nameof(Activations), DisableDiscoveryEnumeration = true)]
    public void An_activation_gives_what_TorchSharp_gives(string name, nn.Module<Tensor, Tensor> activation)
    {
        using Tensor input = randn(4, 3, 5) * 4;
        Assert.NotEmpty(name);
        ModelAssert.SameOutputs(activation, input);
    }

    [Fact]
    public void A_Hardtanh_that_TorchSharp_computes_wrongly_gives_what_TorchSharp_gives()
    {
        using nn.Module<Tensor, Tensor> broken = nn.Hardtanh(-0.5, 1.5);
        using Tensor input = tensor(new[] { -2f, 0, 2 });
        Assert.Equal([-2f, 0, 2], broken.call(input).data<float>().ToArray());
        ModelAssert.SameOutputs(broken, input);
    }
}
