using MnistAdder.OnnxQuantization.Tests.Networks;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>Every piece that networks of images are made of, between convolutions.</summary>
public sealed class PieceTests
{
    public static TheoryData<string, QuantizedForm> Cases
    {
        get
        {
            var cases = new TheoryData<string, QuantizedForm>();
            foreach (string piece in Pieces.All.Keys)
            {
                cases.Add(piece, QuantizedForm.Standard);
                cases.Add(piece, QuantizedForm.OnnxRuntime);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answers_are_near_those_of_floats(string piece, QuantizedForm form)
    {
        var network = new Network();
        var image = new Image(network.Relu(network.Conv(network.Input("image", 3, 11, 10), 3, 6)), 6, 11, 10);
        image = Pieces.All[piece](network, image);
        string last = network.Conv(image.Name, image.Channels, 4);
        // In the order of the pixels, too.
        string rows = network.Add("Flatten", [network.Relu(last)]);
        network.Output(last).Output(network.Gemm(rows, 4 * image.Height * image.Width, 5));
        Quantized.IsNear(network, Quantized.AllIn(form), calibrationRows: 24);
    }
}
