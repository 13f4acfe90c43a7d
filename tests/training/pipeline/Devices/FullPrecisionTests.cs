using MnistAdder.Training.Devices;
using static TorchSharp.torch.backends;

namespace MnistAdder.Training.Tests.Devices;

[Collection(TorchGenerator.Tests)]
public class FullPrecisionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tf32_is_off_as_long_as_it_lives_and_then_as_it_was(bool allowed)
    {
        (bool convolutions, bool products) = (cudnn.allow_tf32, cuda.matmul.allow_tf32);
        (cudnn.allow_tf32, cuda.matmul.allow_tf32) = (allowed, allowed);
        using (new FullPrecision())
            Assert.Equal((false, false), (cudnn.allow_tf32, cuda.matmul.allow_tf32));
        Assert.Equal((allowed, allowed), (cudnn.allow_tf32, cuda.matmul.allow_tf32));
        (cudnn.allow_tf32, cuda.matmul.allow_tf32) = (convolutions, products);
    }
}
