using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Networks;

/// <summary>The networks, each with examples of its inputs.</summary>
public static class Cases
{
    public static IReadOnlyDictionary<string, (Func<nn.Module> Make, Func<object[]> Examples)> All { get; } = new Dictionary<string, (Func<nn.Module>, Func<object[]>)>
    {
        ["functional MNIST CNN"] = (() => new FunctionalCnn(), Pictures(1, 28)),
        ["residual block"] = (() => new BasicBlock(8, 8, 1), Pictures(8, 8)),
        ["residual block with downsampling"] = (() => new BasicBlock(8, 16, 2), Pictures(8, 8)),
        ["two inputs and two outputs"] = (() => new DigitAndSum(), () => [rand(2, 1, 28, 28), zeros(2, 10)]),
        ["U-Net"] = (() => new SmallUNet(), Pictures(3, 16)),
        ["squeeze and excitation"] = (() => new SqueezeExcitation(8, 4), Pictures(8, 6)),
        ["loops over a ModuleList"] = (() => new Stacked(), Vectors(12)),
        ["branch on a fixed size"] = (() => new FixedBranch(), Pictures(4, 6)),
        ["slices"] = (() => new Slices(), Pictures(4, 6)),
        ["in-place chain"] = (() => new InPlace(), Vectors(12)),
        ["writes through views"] = (() => new ViewWriter(), Pictures(4, 6)),
        ["tuples in and out"] = (() => new Tuples(), () => [(rand(2, 4), rand(2, 4)), rand(2, 4)]),
        ["ResNet-18"] = (() => new ResNet18(), Pictures(3, 32)),
        ["autoencoder"] = (() => new AutoEncoder(), Pictures(1, 28)),
        ["LINQ"] = (() => new Linq(), Vectors(12)),
        ["iterator"] = (() => new Iterators(), Vectors(12)),
        ["abstract base"] = (() => new Derived(), Vectors(12)),
        ["generic"] = (() => new Generic<Doubler>(new Doubler()), Vectors(12)),
        ["generic over a value type"] = (() => new Generic<Tripler>(default), Vectors(12)),
        ["dispose scopes"] = (() => new Scoped(), Vectors(12)),
        ["captured constants"] = (() => new Captured(), Vectors(12)),
        ["tied weights"] = (() => new TiedWeights(), () => [randint(0, 9, [2, 5])]),
        ["fields that each run makes anew"] = (() => new Moved(), Vectors(12)),
        ["switch on a string"] = (() => new Switched("gelu"), Vectors(12)),
        ["local functions"] = (() => new LocalFunctions(), Vectors(12)),
        ["delegates"] = (() => new Delegates(), Vectors(12)),
        ["delegates of one's own types"] = (() => new CustomDelegates(), Vectors(12)),
        ["arrays of two dimensions"] = (() => new Grid(), Vectors(12)),
        ["sequences given to an operation"] = (() => new LazySequences(), Vectors(12)),
        ["async methods"] = (() => new Asynchronous(), Vectors(12)),
        ["several threads"] = (() => new SeveralThreads(), Vectors(12)),
        ["hooks"] = (Hooked.Make, Vectors(12)),
        ["interfaces and casts"] = (() => new Cast(), Vectors(12)),
        ["module used twice"] = (() => new Shared(), Vectors(12)),
        ["ModuleDict and ParameterList"] = (() => new Dictionaries(), Vectors(12)),
        ["optional input absent"] = (() => new Optional(), () => [rand(2, 12), null!]),
        ["optional input left out"] = (() => new Optional(), Vectors(12)),
        ["optional input given"] = (() => new Optional(), () => [rand(2, 12), rand(2, 12)]),
        ["dictionary out"] = (() => new Named(), Vectors(12)),
        ["objects in and out"] = (() => new Structured(), () => [new Sequence(randn(2, 12)) { Mask = rand(2, 12), Length = 12 }]),
        ["lists in and out"] = (() => new Lists(), () => [new List<Tensor> { rand(2, 3), rand(2, 3) }]),
        ["ref, out and spans"] = (() => new ByReference(), Vectors(12)),
        ["exceptions"] = (() => new Exceptions(), Vectors(12)),
        ["records and operators"] = (() => new Records(), Vectors(12)),
        ["static abstract members"] = (() => new StaticAbstract<Softener>(), Vectors(12)),
        ["plain module"] = (() => new Plain(), Vectors(12)),
        ["sizes in arithmetic"] = (() => new Sizes(), Pictures(4, 6)),
        ["LSTM classifier"] = (() => new LstmClassifier(30, 8), () => [randint(30, new long[] { 2, 7 })]),
        ["GRU with states made in forward"] = (() => new GruTagger(6, 5), () => [rand(2, 4, 6)]),
        ["transformer block with causal mask"] = (() => new CausalBlock(16, 4, 5), () => [rand(2, 5, 16)]),
        ["einsum, where, gather, topk"] = (() => new Selections(), () => [rand(2, 5, 6), randint(5, new long[] { 2, 3 })]),
        ["recursion"] = (() => new Recursive(), Vectors(12)),
        ["LSTM text classifier"] = (() => new TextClassifier(), Tokens(50, 7)),
        ["GRU from zeros"] = (() => new GruFromZeros(), Steps(7, 5)),
        ["bidirectional GRU"] = (() => new BidirectionalClassifier(), Steps(7, 5)),
        ["LSTM cell loop"] = (() => new CellLoop(), Steps(7, 5)),
        ["self-attention"] = (() => new SelfAttention(8, 2, causal: true), Steps(7, 8)),
        ["transformer encoder block"] = (() => new EncoderBlock(), Steps(7, 8)),
        ["small GPT with tied weights"] = (() => new SmallGpt(), Tokens(30, 7)),
        ["sequence to sequence"] = (() => new SequenceToSequence(), () => [.. Tokens(20, 7)(), .. Tokens(25, 5)()]),
        ["transformer"] = (() => new Translator(), () => [.. Tokens(20, 7)(), .. Tokens(25, 5)()]),
        ["attentive pooling"] = (() => new AttentivePooling(), Steps(7, 5)),
        ["rotary attention"] = (() => new RotaryBlock(), Steps(7, 16)),
        ["vision transformer"] = (() => new SmallVit(), Pictures(3, 16)),
        ["last steps by lengths"] = (() => new LastStep(), () => [randn(2, 7, 5), tensor(new long[] { 3, 7 })]),
        ["greedy decoder"] = (() => new GreedyDecoder(), Vectors(6)),
        ["CRNN"] = (() => new Crnn(), Pictures(1, 8)),
    };

    private static Func<object[]> Pictures(long channels, long side) => () => [rand(2, channels, side, side)];

    private static Func<object[]> Steps(long steps, long size) => () => [randn(2, steps, size)];

    private static Func<object[]> Tokens(long words, long steps) => () => [randint(1, words, [2, steps], ScalarType.Int64)];

    private static Func<object[]> Vectors(long size) => () => [randn(2, size)];
}
