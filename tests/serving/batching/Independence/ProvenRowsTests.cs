using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>Models that are known to pass every row by itself, after what exporters write.</summary>
public sealed class ProvenRowsTests
{
    [Fact]
    public void Element_by_element_every_row_is_its_own()
    {
        TestModel model = Verdict.Model(2, 3).Constant("low", [0f]).Constant("slope", [0.1f, 0.2f], 2, 1)
            .Node("Neg", ["x"], ["a"]).Node("Clip", ["a", "low"], ["b"]).Node("PRelu", ["b", "slope"], ["c"]).Node("Greater", ["c", "low"], ["d"]).Node("Where", ["d", "x", "c"], ["y"]);
        Verdict.IsProven(model);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(18)]
    public void A_convolutional_classifier_is_proven(int opset)
    {
        TestModel model = Verdict.Model(3, 8, 8).Constant("w", new float[4 * 3 * 9], 4, 3, 3, 3).Constant("c", new float[4], 4).Constant("v", new float[8], 4, 2)
            .Node("Conv", ["x", "w"], ["a"], Attribute("pads", 1L, 1, 1, 1)).Node("BatchNormalization", ["a", "c", "c", "c", "c"], ["b"]).Node("Relu", ["b"], ["d"])
            .Node("MaxPool", ["d"], ["e"], Attribute("kernel_shape", 2L, 2), Attribute("strides", 2L, 2)).Node("GlobalAveragePool", ["e"], ["f"]).Node("Flatten", ["f"], ["g"])
            .Node("Gemm", ["g", "v"], ["h"]).Node("Softmax", ["h"], ["y"], Attribute("axis", 1));
        Verdict.IsProven(model, opset);
    }

    [Fact]
    public void A_reshape_by_the_shape_of_the_batch_is_proven()
    {
        // x.view(x.size(0), 2, -1).transpose(1, 2).reshape(x.size(0), -1)
        TestModel model = Verdict.Model(4, -1).Constant("zero", [0L]).Constant("axis", [0L], 1).Constant("two", [2L], 1).Constant("rest", [-1L], 1)
            .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "zero"], ["n"]).Node("Unsqueeze", ["n", "axis"], ["rows"])
            .Node("Concat", ["rows", "two", "rest"], ["three"], Attribute("axis", 0)).Node("Concat", ["rows", "rest"], ["flat"], Attribute("axis", 0))
            .Node("Reshape", ["x", "three"], ["a"]).Node("Transpose", ["a"], ["b"], Attribute("perm", 0L, 2, 1)).Node("Reshape", ["b", "flat"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void Merged_and_divided_axes_leave_rows_in_their_places()
    {
        // [n, 4, 3] as [n · 4, 3], whose second factor is no row's, and back.
        TestModel model = Verdict.Model(4, 3).Constant("merged", [-1L, 3], 2).Constant("divided", [-1L, 4, 3], 3)
            .Node("Reshape", ["x", "merged"], ["a"]).Node("Softmax", ["a"], ["b"], Attribute("axis", 1)).Node("Reshape", ["b", "divided"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void Attention_with_positions_and_a_causal_mask_is_proven()
    {
        // ids [batch, sequence]: embeddings of words and of places, heads, a triangle cut to the sequence.
        TestModel model = new TestModel().Input("x", ElementType.Int64, -1, -1).OutputOfAnyShape("y", ElementType.Float)
            .Constant("words", new float[40], 10, 4).Constant("places", new float[32], 8, 4).Constant("triangle", new float[64], 1, 8, 8)
            .Constant("zero", [0L]).Constant("one", [1L]).Constant("first", [0L], 1).Constant("second", [1L], 1).Constant("third", [2L], 1)
            .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "one"], ["n"]).Node("Range", ["zero", "n", "one"], ["at"]).Node("Unsqueeze", ["n", "first"], ["length"])
            .Node("Gather", ["words", "x"], ["w"]).Node("Gather", ["places", "at"], ["p"]).Node("Add", ["w", "p"], ["e"])
            .Node("Slice", ["triangle", "first", "length", "second"], ["half"]).Node("Slice", ["half", "first", "length", "third"], ["mask"])
            .Node("Einsum", ["e", "e"], ["scores"], Attribute("equation", "...id,...jd->...ij")).Node("Add", ["scores", "mask"], ["masked"]).Node("Softmax", ["masked"], ["a"], Attribute("axis", -1))
            .Node("MatMul", ["a", "e"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void A_class_token_that_is_spread_over_the_rows_is_proven()
    {
        TestModel model = Verdict.Model(5, 4).Constant("token", new float[4], 1, 1, 4).Constant("zero", [0L], 1).Constant("ends", [1L], 1).Constant("minus", [-1L, -1], 2)
            .Node("Shape", ["x"], ["shape"]).Node("Slice", ["shape", "zero", "ends"], ["rows"]).Node("Concat", ["rows", "minus"], ["asked"], Attribute("axis", 0))
            .Constant("three", [3L], 1).Node("ConstantOfShape", ["three"], ["ones"], new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = new() { DataType = (int)ElementType.Int64, Dims = { 1 }, Int64Data = { 1 } } })
            .Constant("negative", [-1L]).Node("Mul", ["ones", "negative"], ["open"]).Node("Equal", ["asked", "open"], ["is_open"]).Node("Where", ["is_open", "ones", "asked"], ["target"])
            .Node("Expand", ["token", "target"], ["tokens"]).Node("Concat", ["tokens", "x"], ["y"], Attribute("axis", 1));
        Verdict.IsProven(model);
    }

    [Fact]
    public void A_recurrent_network_with_the_batch_first_is_proven()
    {
        TestModel model = Verdict.Model(5, 3).Constant("w", new float[24], 1, 8, 3).Constant("r", new float[16], 1, 8, 2).Constant("direction", [1L], 1)
            .Node("Transpose", ["x"], ["t"], Attribute("perm", 1L, 0, 2)).Node("LSTM", ["t", "w", "r"], ["all"], Attribute("hidden_size", 2))
            .Node("Squeeze", ["all", "direction"], ["h"]).Node("Transpose", ["h"], ["y"], Attribute("perm", 1L, 0, 2));
        Verdict.IsProven(model);
    }

    [Fact]
    public void Pictures_resized_to_the_size_of_others_are_proven()
    {
        TestModel model = Verdict.Model(3, -1, -1).Constant("zero", [0L], 1).Constant("two", [2L], 1).Constant("side", [7L, 7], 2)
            .Node("Shape", ["x"], ["shape"]).Node("Slice", ["shape", "zero", "two"], ["kept"]).Node("Concat", ["kept", "side"], ["sizes"], Attribute("axis", 0)).Node("Resize", ["x", "", "", "sizes"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void Pads_that_depend_on_other_sizes_than_the_rows_are_proven()
    {
        // To an even width.
        TestModel model = Verdict.Model(-1).Constant("second", [1L]).Constant("even", [2L]).Constant("first", [0L], 1).Constant("zeros", [0L, 0, 0], 3)
            .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "second"], ["n"]).Node("Mod", ["n", "even"], ["odd"]).Node("Unsqueeze", ["odd", "first"], ["end"])
            .Node("Concat", ["zeros", "end"], ["pads"], Attribute("axis", 0)).Node("Pad", ["x", "pads"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void What_each_row_looks_up_in_itself_is_proven()
    {
        TestModel model = Verdict.Model(4, 3).Constant("depth", [4L]).Constant("off_on", [0f, 1f], 2)
            .Node("ArgMax", ["x"], ["best"], Attribute("axis", 1)).Node("GatherElements", ["x", "best"], ["taken"], Attribute("axis", 1)).Node("ScatterElements", ["x", "best", "taken"], ["scattered"], Attribute("axis", 1))
            .Node("OneHot", ["best", "depth", "off_on"], ["hot"]).Node("ReduceMax", ["hot"], ["greatest"]).Node("ReverseSequence", ["scattered", "lengths"], ["y"], Attribute("batch_axis", 0), Attribute("time_axis", 1))
            .Input("lengths", ElementType.Int64, -1);
        Verdict.IsProven(model, 18, "lengths");
    }

    [Fact]
    public void Tables_of_scikit_learn_are_proven()
    {
        TestModel model = Verdict.Model(4).Constant("columns", [0L, 2], 2).Constant("flat", [-1L, 2], 2)
            .Node("ai.onnx.ml", "ArrayFeatureExtractor", ["x", "columns"], ["a"]).Node("ai.onnx.ml", "Scaler", ["a"], ["b"], Attribute("offset", 0f, 1f), Attribute("scale", 1f, 2f))
            .Node("ai.onnx.ml", "LinearClassifier", ["b"], ["label", "scores"], Attribute("coefficients", 1f, 2f, -1f, -2f), Attribute("classlabels_ints", 0L, 1))
            .Node("ai.onnx.ml", "Normalizer", ["scores"], ["p"], Attribute("norm", "L1")).Node("Reshape", ["p", "flat"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void Words_that_are_counted_are_proven_though_they_are_filled_up()
    {
        TestModel model = new TestModel().Input("x", ElementType.String, -1, 1).OutputOfAnyShape("y", ElementType.Float).Constant("flat", [-1L], 1)
            .Node("Reshape", ["x", "flat"], ["a"]).Node("StringNormalizer", ["a"], ["b"], Attribute("case_change_action", "LOWER"))
            .Node("com.microsoft", "Tokenizer", ["b"], ["c"], Attribute("pad_value", "#"), Attribute("separators", [" "])).Node("Flatten", ["c"], ["d"])
            .Node("TfIdfVectorizer", ["d"], ["y"], Attribute("mode", "TF"), Attribute("pool_strings", ["red", "blue"]), Attribute("ngram_counts", (long[])[0]), Attribute("ngram_indexes", 0L, 1));
        Verdict.IsProven(model);
    }

    [Fact]
    public void A_category_is_as_wide_as_there_are_of_them()
    {
        TestModel model = new TestModel().Input("x", ElementType.String, -1, 1).OutputOfAnyShape("y", ElementType.Float).Constant("flat", [-1L, 2], 2)
            .Node("ai.onnx.ml", "OneHotEncoder", ["x"], ["hot"], Attribute("cats_strings", ["red", "blue"])).Node("Reshape", ["hot", "flat"], ["y"]);
        Verdict.IsProven(model);
    }

    [Fact]
    public void A_loop_that_carries_rows_on_is_proven()
    {
        TestModel body = new TestModel().Input("i", ElementType.Int64).Input("on", ElementType.Bool).Input("v", ElementType.Float, -1, 4)
            .Node("Identity", ["on"], ["goes_on"]).Node("Add", ["v", "x"], ["w"]).OutputOfAnyShape("goes_on", ElementType.Bool).OutputOfAnyShape("w", ElementType.Float);
        Verdict.IsProven(Verdict.Model(4).Constant("times", [3L]).Constant("yes", true).Node("Loop", ["times", "yes", "x"], ["y"]).InnerGraph("body", body));
    }

    [Fact]
    public void A_size_of_one_round_is_not_that_of_the_end()
    {
        // The first round gives [n, 4], and v is [n, 8] in the end: as rows of 4 it would be twice as many rows.
        TestModel body = new TestModel().Input("i", ElementType.Int64).Input("on", ElementType.Bool).Input("v", ElementType.Float, -1, -1)
            .Node("Identity", ["on"], ["goes_on"]).Node("Concat", ["v", "v"], ["w"], Attribute("axis", 1)).Node("Identity", ["v"], ["before"])
            .OutputOfAnyShape("goes_on", ElementType.Bool).OutputOfAnyShape("w", ElementType.Float).OutputOfAnyShape("before", ElementType.Float);
        TestModel model = Verdict.Model(4).Constant("times", [1L]).Constant("yes", true).Constant("last", [2L]).Constant("rest", [-1L], 1).Constant("first", [0L], 1)
            .Node("Loop", ["times", "yes", "x"], ["grown", "each"]).InnerGraph("body", body)
            .Node("Shape", ["each"], ["shape"]).Node("Gather", ["shape", "last"], ["n"]).Node("Unsqueeze", ["n", "first"], ["width"]).Node("Concat", ["rest", "width"], ["target"], Attribute("axis", 0))
            .Node("Reshape", ["grown", "target"], ["y"]);
        Verdict.IsUnknown(model, "a size that can't be told");
    }

    [Fact]
    public void Neighbours_that_a_scan_goes_through_are_proven()
    {
        TestModel body = new TestModel().Input("all", ElementType.Float, -1, 2).Input("one", ElementType.Float, 2).Node("Identity", ["all"], ["same"]).Node("Sub", ["all", "one"], ["d"])
            .Node("ReduceL2", ["d"], ["far"], Attribute("axes", (long[])[1]), Attribute("keepdims", 0)).OutputOfAnyShape("same", ElementType.Float).OutputOfAnyShape("far", ElementType.Float);
        TestModel model = Verdict.Model(2).Constant("neighbours", new float[10], 5, 2).Node("Scan", ["x", "neighbours"], ["kept", "distances"], Attribute("num_scan_inputs", 1)).InnerGraph("body", body)
            .Node("Transpose", ["distances"], ["y"]);
        Verdict.IsProven(model, 13);
    }

    [Fact]
    public void A_function_s_inner_graphs_have_the_attributes_of_the_call()
    {
        TestModel Of(long axis)
        {
            TestModel Branch() => new TestModel().Node("Softmax", ["v"], ["s"], Reference("axis", "along", AttributeProto.Types.AttributeType.Int)).OutputOfAnyShape("s", ElementType.Float);
            return Verdict.Model(4).Constant("a", [1f]).Constant("b", [2f]).Node("Less", ["a", "b"], ["c"])
                .Function("own", "Maybe", ["v", "c"], ["w"], inner => inner.Node("If", ["c"], ["w"]).InnerGraph("then_branch", Branch()).InnerGraph("else_branch", Branch()))
                .Node("own", "Maybe", ["x", "c"], ["y"], Attribute("along", axis));
        }

        Verdict.IsProven(Of(1));
        Verdict.IsMixed(Of(0), "runs along the rows");
    }

    [Fact]
    public void What_each_row_takes_from_itself_by_its_number_is_proven()
    {
        // x[arange(n), x.argmax(1)], as tuples of row and place, and with the rows one after the other.
        TestModel Numbered() => Verdict.Model(4).Constant("zero", [0L]).Constant("one", [1L]).Constant("four", [4L]).Constant("last", [1L], 1).Constant("flat", [-1L], 1)
            .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "zero"], ["n"]).Node("Range", ["zero", "n", "one"], ["rows"]).Node("ArgMax", ["x"], ["best"], Attribute("axis", 1), Attribute("keepdims", 0));

        Verdict.IsProven(Numbered().Node("Unsqueeze", ["rows", "last"], ["r"]).Node("Unsqueeze", ["best", "last"], ["b"]).Node("Concat", ["r", "b"], ["places"], Attribute("axis", 1))
            .Node("GatherND", ["x", "places"], ["taken"]).Node("Neg", ["taken"], ["changed"]).Node("ScatterND", ["x", "places", "changed"], ["y"]));
        Verdict.IsProven(Numbered().Node("Reshape", ["x", "flat"], ["all"]).Node("Mul", ["rows", "four"], ["starts"]).Node("Add", ["starts", "best"], ["at"]).Node("Gather", ["all", "at"], ["y"]));
        // A place before the row's first one is in the row before.
        Verdict.IsMixed(Numbered().Node("Reshape", ["x", "flat"], ["all"]).Node("Mul", ["rows", "four"], ["starts"]).Node("Add", ["starts", "best"], ["after"]).Node("Sub", ["after", "one"], ["at"]).Node("Gather", ["all", "at"], ["y"]),
            "computes with the numbers of the rows");
        Verdict.IsMixed(Numbered().Node("Cast", ["rows"], ["numbers"], Attribute("to", (long)ElementType.Float)).Node("Mul", ["x", "numbers"], ["y"]), "computes with the numbers of the rows");
    }

    [Fact]
    public void An_image_network_of_bytes_with_the_channels_last_is_proven()
    {
        // What ONNX Runtime's own operators of integers make of a small residual network.
        const string Runtime = "com.microsoft";
        TestModel model = Verdict.Model(3, 8, 8).Constant("s", [0.1f]).Constant("z", [0f]).Constant("scales", new float[4], 4)
            .Constant("w", new float[4 * 3 * 9], 4, 3, 3, 3).Constant("v", new float[4 * 4], 4, 4, 1, 1).Constant("rows", new float[6 * 8], 6, 8).Constant("last", new float[5 * 6], 5, 6)
            .Node("Transpose", ["x"], ["pixels"], Attribute("perm", 0L, 2, 3, 1)).Node("QuantizeLinear", ["pixels", "s", "z"], ["a"])
            .Node(Runtime, "QLinearConv", ["a", "s", "z", "w", "scales", "scales", "s", "z", "scales"], ["b"], Attribute("channels_last", 1), Attribute("pads", 1L, 1, 1, 1))
            .Node(Runtime, "NhwcMaxPool", ["b"], ["c"], Attribute("kernel_shape", 2L, 2), Attribute("strides", 2L, 2))
            .Node(Runtime, "QLinearConv", ["c", "s", "z", "v", "scales", "scales", "s", "z"], ["d"], Attribute("channels_last", 1))
            .Node(Runtime, "QLinearAdd", ["c", "s", "z", "d", "s", "z", "s", "z"], ["e"])
            .Node(Runtime, "QLinearSigmoid", ["e", "s", "z", "s", "z"], ["f"]).Node(Runtime, "QLinearMul", ["e", "s", "z", "f", "s", "z", "s", "z"], ["g"])
            .Node(Runtime, "QLinearConcat", ["s", "z", "g", "s", "z", "e", "s", "z"], ["h"], Attribute("axis", 3))
            .Node(Runtime, "QLinearLeakyRelu", ["h", "s", "z", "s", "z"], ["i"])
            .Node(Runtime, "QLinearAveragePool", ["i", "s", "z", "s", "z"], ["j"], Attribute("channels_last", 1), Attribute("kernel_shape", 2L, 2))
            .Node(Runtime, "QLinearGlobalAveragePool", ["j", "s", "z", "s", "z"], ["k"], Attribute("channels_last", 1)).Node("Flatten", ["k"], ["l"])
            .Node(Runtime, "QGemm", ["l", "s", "z", "rows", "scales", "scales", "", "s", "z"], ["m"], Attribute("transB", 1))
            .Node(Runtime, "QGemm", ["m", "s", "z", "last", "scales", "scales"], ["y"], Attribute("transB", 1));
        Verdict.IsProven(model);
    }

    [Fact]
    public void A_product_of_the_bytes_of_sequences_is_proven()
    {
        TestModel model = Verdict.Model(7, 3).Constant("s", [0.1f]).Constant("z", [0f]).Constant("w", new float[12], 3, 4).Constant("scales", new float[4], 4)
            .Node("QuantizeLinear", ["x", "s", "z"], ["a"]).Node("com.microsoft", "MatMulIntegerToFloat", ["a", "w", "s", "scales", "z", "scales"], ["y"]);
        Verdict.IsProven(model);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    public void Joined_bytes_are_followed_along_every_axis(int axis, int rounds)
    {
        TestModel model = Verdict.Model(4).Constant("s", [0.1f]).Constant("z", [0f]).Node("QuantizeLinear", ["x", "s", "z"], ["a"])
            .Node("com.microsoft", "QLinearConcat", ["s", "z", "a", "s", "z", "a", "s", "z"], ["y"], Attribute("axis", axis));
        Flow flow = Verdict.Of(model);
        Assert.Equal(FlowKind.PerRow, flow.Kind);
        Assert.Equal(Size.Of(rounds), flow.Before);
    }
}
