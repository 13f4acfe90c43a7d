using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Weights;

[Collection(TorchGenerator.Tests)]
public sealed class PyTorchFormatTests : IDisposable
{
    private static readonly ModelOrigin s_origin = new("mnist", "seed", 1, 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seed")]
    [InlineData("best")]
    public void Weights_come_back_from_a_file_that_replaces_a_longer_one(string recipe)
    {
        _folder.Write("weights.pt", new byte[4_000_000]);
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        NetworkWeights.Save(_folder["weights.pt"], network, s_origin);
        Assert.InRange(new FileInfo(_folder["weights.pt"]).Length, 1, 1_000_000);
        AssertEqual(network, _folder["weights.pt"]);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("best")]
    public void PyTorch_reads_what_was_written_and_writes_what_can_be_read(string recipe)
    {
        using DigitSumNetwork network = Recipe.Named(recipe).CreateNetwork();
        NetworkWeights.Save(_folder["ours.pt"], network, s_origin);
        Python.RequireModule("torch", "python3-torch");
        Python.Run(
            "-c",
            "import sys, torch; from collections import OrderedDict; torch.save(OrderedDict(torch.load(sys.argv[1])), sys.argv[2])",
            _folder["ours.pt"],
            _folder["theirs.pth"]);
        AssertEqual(network, _folder["theirs.pth"]);
    }

    [Fact]
    public void A_strided_tensor_of_pytorchs_is_refused_with_a_reason()
    {
        Python.RequireModule("torch", "python3-torch");
        Python.Run("-c", "import sys, torch; torch.save({'w': torch.zeros(2, 3).t()}, sys.argv[1])", _folder["strided.pt"]);
        var error = Assert.Throws<InvalidDataException>(() => NetworkWeights.Load(_folder["strided.pt"], recipe: null));
        Assert.StartsWith($"{_folder["strided.pt"]} is not a state dict of whole, contiguous tensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_by_name()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork();
        NetworkWeights.Save(_folder["whole.pt"], network, s_origin);
        byte[] whole = File.ReadAllBytes(_folder["whole.pt"]);
        for (int length = 0; length < whole.Length; length += 1 + (whole.Length / 40))
        {
            string cut = _folder.Write("cut.pt", whole[..length]);
            Assert.StartsWith(cut, Assert.Throws<InvalidDataException>(() => NetworkWeights.Load(cut, recipe: null)).Message, StringComparison.Ordinal);
        }
    }

    private static void AssertEqual(DigitSumNetwork network, string path)
    {
        (DigitSumNetwork read, _) = NetworkWeights.Load(path, recipe: null);
        using (read)
            Assert.Equal(StateOf(network), StateOf(read));
    }

    private static IEnumerable<(string Name, string Bytes)> StateOf(DigitSumNetwork network) =>
        TorchTensors.FromTorch(network.state_dict()).Select(tensor => (tensor.Name, Convert.ToHexString(tensor.Data.Span)));
}
