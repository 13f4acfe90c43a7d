using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Copies the code of methods, with the calls that matter going through the tracer.</summary>
/// <remarks>
/// A copy is the method's own code with other tokens: branches, loops and exception regions stay what the compiler made of them. Its first
/// parameter is the object where the method isn't static.
/// </remarks>
/// <param name="stubs">Makes what is called in place of a method.</param>
internal sealed class MethodCopier(CallStubs stubs)
{
    private readonly Dictionary<MethodBase, DynamicMethod> _copies = [];
    private readonly Lock _copying = new(); // a program may have several threads

    /// <summary>The copy of a method, made where there is none.</summary>
    /// <exception cref="OnnxExportException">The method's code can't be read or copied.</exception>
    public DynamicMethod Copy(MethodBase method)
    {
        using Lock.Scope one = _copying.EnterScope();
        if (_copies.TryGetValue(method, out DynamicMethod? known))
            return known;
        IlCode code = IlCode.Of(method) ?? throw new OnnxExportException($"{Named(method)} has no code that can be followed.");
        var copy = new DynamicMethod(
            method.Name, CodeFacts.ResultType(method), CodeFacts.ArgumentTypes(method), method.Module, skipVisibility: true)
        {
            InitLocals = code.Body.InitLocals,
        };
        _copies.Add(method, copy); // before its code, which may call it
        DynamicILInfo target = copy.GetDynamicILInfo();
        var body = new Body(this, method, code, target);
        target.SetCode(body.Rewrite(), code.Body.MaxStackSize + 8);
        target.SetLocalSignature(Locals(code.Body));
        if (code.Body.ExceptionHandlingClauses.Count > 0)
            target.SetExceptions(Exceptions(code.Body, target));
        return copy;
    }

    /// <summary>A method's name with its type's.</summary>
    public static string Named(MethodBase method) => $"{method.DeclaringType?.Name}.{method.Name}";

    private static byte[] Locals(MethodBody body)
    {
        SignatureHelper signature = SignatureHelper.GetLocalVarSigHelper();
        foreach (LocalVariableInfo local in body.LocalVariables)
            signature.AddArgument(local.LocalType, local.IsPinned);
        return signature.GetSignature();
    }

    // The fat form of ECMA-335, II.25.4.6.
    private static byte[] Exceptions(MethodBody body, DynamicILInfo target)
    {
        const byte fat = 0x41;
        const int header = 4, clauseSize = 24;
        int size = header + (clauseSize * body.ExceptionHandlingClauses.Count);
        var bytes = new byte[size];
        bytes[0] = fat;
        bytes[1] = (byte)size;
        bytes[2] = (byte)(size >> 8);
        bytes[3] = (byte)(size >> 16);
        Span<byte> rest = bytes.AsSpan(header);
        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
        {
            int last = clause.Flags switch
            {
                ExceptionHandlingClauseOptions.Clause => target.GetTokenFor(clause.CatchType!.TypeHandle),
                ExceptionHandlingClauseOptions.Filter => clause.FilterOffset,
                _ => 0,
            };
            int[] fields = [(int)clause.Flags, clause.TryOffset, clause.TryLength, clause.HandlerOffset, clause.HandlerLength, last];
            foreach (int field in fields)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rest, field);
                rest = rest[sizeof(int)..];
            }
        }

        return bytes;
    }

    // One method's code on its way into a copy.
    private sealed class Body(MethodCopier copier, MethodBase method, IlCode code, DynamicILInfo target)
    {
        private readonly byte[] _bytes = [.. code.Bytes];
        private Type? _constrained; // of the instruction in hand
        private int _constrainedAt;

        public byte[] Rewrite()
        {
            for (int i = 0; i < code.Instructions.Count; i++)
            {
                IlInstruction instruction = code.Instructions[i];
                IlInstruction? next = i + 1 < code.Instructions.Count ? code.Instructions[i + 1] : null;
                if (instruction.Code.OperandType == OperandType.InlineMethod)
                    RewriteMethod(instruction, next);
                else
                    RewriteToken(instruction);
                if (instruction.Code == OpCodes.Constrained)
                    (_constrained, _constrainedAt) = (code.TypeOf(instruction), instruction.Offset);
                else
                    _constrained = null;
            }

            return _bytes;
        }

        private void RewriteToken(IlInstruction instruction)
        {
            switch (instruction.Code.OperandType)
            {
                case OperandType.InlineString:
                    Put(instruction, target.GetTokenFor(code.StringOf(instruction)));
                    break;
                case OperandType.InlineField:
                    RewriteField(instruction);
                    break;
                case OperandType.InlineType:
                    Put(instruction, target.GetTokenFor(code.TypeOf(instruction).TypeHandle));
                    break;
                case OperandType.InlineTok:
                    Put(instruction, code.MemberOf(instruction) switch
                    {
                        Type type => target.GetTokenFor(type.TypeHandle),
                        FieldInfo field => Token(field),
                        MethodBase named => Token(named),
                        _ => throw new OnnxExportException($"{Named(method)} loads a token that can't be copied."),
                    });
                    break;
                case OperandType.InlineSig:
                    throw new OnnxExportException($"{Named(method)} calls a function pointer, which can't be followed; call the method itself.");
            }
        }

        // The compiler keeps the delegate of a lambda that captures nothing, or of a static method, in a static field. One that was made before
        // runs the method itself, not its copy, and one made now must not outlive the trace: the field reads as empty and isn't written.
        private void RewriteField(IlInstruction instruction)
        {
            FieldInfo field = code.FieldOf(instruction);
            bool cache = typeof(Delegate).IsAssignableFrom(field.FieldType) && field.DeclaringType!.Name.StartsWith('<');
            if (cache && instruction.Code == OpCodes.Ldsfld)
                Replace(instruction, OpCodes.Ldnull);
            else if (cache && instruction.Code == OpCodes.Stsfld)
                Replace(instruction, OpCodes.Pop);
            else
                Put(instruction, Token(field));
        }

        private void RewriteMethod(IlInstruction instruction, IlInstruction? next)
        {
            MethodBase callee = code.MethodOf(instruction);
            OpCode op = instruction.Code;
            if (op == OpCodes.Ldftn || op == OpCodes.Ldvirtftn)
            {
                if (!TryRewriteFunction(instruction, next, callee))
                    Put(instruction, Token(callee));
                return;
            }

            if (_pendingDelegate is not null && op == OpCodes.Newobj)
            {
                Call(instruction, copier.Stubs.ForDelegate(callee.DeclaringType!, _pendingDelegate));
                _pendingDelegate = null;
                return;
            }

            if (op == OpCodes.Call || op == OpCodes.Callvirt || op == OpCodes.Newobj)
            {
                CallKind kind = op == OpCodes.Newobj ? CallKind.New : op == OpCodes.Callvirt ? CallKind.Virtual : CallKind.Direct;
                var site = new CallSite(callee, kind, new CodePlace(method, instruction.Offset));
                if (copier.Stubs.For(site, _constrained, copier) is { } stub)
                {
                    if (_constrained is not null)
                        _bytes.AsSpan(_constrainedAt..instruction.Offset).Fill((byte)OpCodes.Nop.Value);
                    Call(instruction, stub);
                    return;
                }
            }

            Put(instruction, Token(callee));
        }

        private CallSite? _pendingDelegate;

        // A delegate of a method that can be followed is made of its copy: its number stands in the function's place until the delegate is made. One that
        // takes spans can't be called by a list of arguments, and is of the copy itself.
        private bool TryRewriteFunction(IlInstruction instruction, IlInstruction? next, MethodBase callee)
        {
            if (next is not { } creation || creation.Code != OpCodes.Newobj || !CodeFacts.UsesTorch(callee))
                return false;
            if (code.MethodOf(creation).DeclaringType is not { } type || !typeof(Delegate).IsAssignableFrom(type))
                return false;
            if (!CallStubs.CanPack(callee))
            {
                if (callee.IsVirtual || callee.IsAbstract)
                    return false;
                Put(instruction, target.GetTokenFor(copier.Copy(callee)));
                return true;
            }

            bool isVirtual = instruction.Code == OpCodes.Ldvirtftn;
            _pendingDelegate = new CallSite(callee, isVirtual ? CallKind.VirtualDelegate : CallKind.Delegate, new CodePlace(method, instruction.Offset));
            Replace(instruction, isVirtual ? OpCodes.Pop : OpCodes.Nop);
            return true;
        }

        private void Call(IlInstruction instruction, DynamicMethod callee)
        {
            _bytes[instruction.Offset] = (byte)OpCodes.Call.Value;
            Put(instruction, target.GetTokenFor(callee));
        }

        private void Replace(IlInstruction instruction, OpCode code)
        {
            Span<byte> place = _bytes.AsSpan(instruction.Offset..instruction.Next);
            place.Fill((byte)OpCodes.Nop.Value);
            place[0] = (byte)code.Value;
        }

        private int Token(FieldInfo field) => field.DeclaringType is { } type
            ? target.GetTokenFor(field.FieldHandle, type.TypeHandle)
            : target.GetTokenFor(field.FieldHandle);

        private int Token(MethodBase named) => named.DeclaringType is { } type
            ? target.GetTokenFor(named.MethodHandle, type.TypeHandle)
            : target.GetTokenFor(named.MethodHandle);

        private void Put(IlInstruction instruction, int token) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(instruction.Operand), token);
    }

    private CallStubs Stubs { get; } = stubs;
}
