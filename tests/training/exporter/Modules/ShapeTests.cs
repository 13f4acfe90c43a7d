using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Modules;

public class ShapeTests
{
    [Fact]
    public void Flatten_gives_what_TorchSharp_gives_for_any_range_of_dimensions()
    {
        using Tensor input = randn(2, 3, 4, 5);
        for (int start = 0; start < 4; start++)
        {
            for (int end = start; end < 4; end++)
            {
                ModelAssert.SameOutputs(nn.Flatten(start, end), input);
                ModelAssert.SameOutputs(nn.Flatten(start - 4, end - 4), input);
                ModelAssert.SameOutputs(nn.Flatten(start, end - 4), input);
            }
        }
    }

    [Fact]
    public void Flatten_takes_an_empty_batch()
    {
        using Tensor input = randn(0, 3, 4);
        ModelAssert.SameOutputs(nn.Flatten(), input);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Unflatten_gives_what_TorchSharp_gives(long dimension)
    {
        using Tensor input = randn(2, 12, 24);
        ModelAssert.SameOutputs(nn.Unflatten(dimension, [3, -1, 2]), input);
    }

    [Fact]
    public void A_linear_layer_fits_whatever_number_of_dimensions_is_left()
    {
        using Tensor input = randn(2, 3, 4, 5);
        for (int start = 0; start < 3; start++)
        {
            for (int end = start; end < 3; end++)
                ModelAssert.SameOutputs(nn.Sequential(nn.Flatten(start, end), nn.Linear(5, 2)), input);
        }
    }
}
