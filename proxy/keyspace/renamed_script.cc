#include "keyspace/renamed_script.h"

#include <algorithm>

#include "command/words.h"

namespace slotway {
namespace {

// Lua 5.1, with nothing but what Redis lets a script have. The table T has an entry ";name=where its keys are;" for each
// command that a script may call, as `keysOf` writes it. What leads past the local names, to the server's own `redis`, is
// replaced, too.
constexpr Slice kWords = R"lua(
local redis,KEYS,_G,loadstring,load,getfenv,setfenv=(function()
local R,P,G,T=redis,@PREFIX@,@GLOB@,@TABLE@
local sub,find,lower,known=string.sub,string.find,string.lower,{}
local function name(k)
  if type(k)=='number' then k=string.format('%.17g',k) end
  if type(k)~='string' then return k end
  return P..k
end
local function key(n)
  if type(n)=='string' and sub(n,1,#P)==P then return sub(n,#P+1) end
  return n
end
local function keys(t)
  if type(t)=='table' then for i=1,#t do t[i]=key(t[i]) end end
  return t
end
local function entry(n)
  if known[n]==nil then
    local _,from=find(T,';'..n..'=',1,true)
    known[n]=from and sub(T,from+1,find(T,';',from,true)-1) or false
  end
  return known[n]
end
local function span(a,n,first,last,step)
  for i=first,math.min(last,n-1),step do a[i+1]=name(a[i+1]) end
end
local function range(a,n,first,x,y,z)
  local last=first+x
  if x<0 then last=z>1 and first+math.floor((n-first)/z)+x or n+x end
  span(a,n,first,last,y)
end
local take={
  r=function(a,n,w,f,x,y,z) range(a,n,f,x,y,z) end,
  n=function(a,n,w,f,x,y,z) span(a,n,f+y,f+y+((tonumber(a[f+x+1]) or 0)-1)*z,z) end,
  w=function(a,n,w,f,x,y,z)
    for i=f,n-2 do if lower(tostring(a[i+1]))==w then return range(a,n,i+1,x,y,z) end end
  end,
  o=function(a,n,w,f) for i=f,n-2 do if lower(tostring(a[i+1]))==w then a[i+2]=name(a[i+2]) end end end,
  k=function(a) a[2]=G..tostring(a[2]) end,
  s=function(a,n)
    for i=3,n-1,2 do if lower(tostring(a[i]))=='match' then a[i+1]=G..tostring(a[i+1]) return n end end
    a[n+1]='match' a[n+2]=G..'*'
    return n+2
  end,
}
local answer={
  F=function(v) if type(v)=='table' and v[1] then v[1]=key(v[1]) end return v end,
  E=function(v)
    if type(v)~='table' then return v end
    if v.map then local m={} for k,x in pairs(v.map) do m[key(k)]=x end v.map=m end
    for i=1,#v do if type(v[i])=='table' then v[i][1]=key(v[i][1]) end end
    return v
  end,
  A=keys,
  S=function(v) if type(v)=='table' then keys(v[2]) end return v end,
}
local function through(call,fail)
  return function(...)
    local a,n={...},select('#',...)
    if type(a[1])~='string' then return call(...) end
    local c=lower(a[1])
    local e=entry(c)
    if e=='c' and n==1 then return call(...) end
    if e=='c' then e=entry(c..'|'..lower(tostring(a[2]))) end
    if not e then return fail('Unknown Redis command called from script') end
    if e=='b' then return fail('This Redis command is not allowed from script') end
    if e=='x' then return fail(a[1]..' is not supported in scripts with keyspace.hash_tag: it would reach keys of others') end
    if e=='1' then a[2]=name(a[2]) return call(unpack(a,1,n)) end
    local back
    for kind,word,numbers in string.gmatch(e,'(%a)([%l]*)([^/]*)/') do
      if answer[kind] then
        back=answer[kind]
      else
        local x={}
        for number in string.gmatch(numbers,'-?%d+') do x[#x+1]=tonumber(number) end
        n=take[kind](a,n,word,unpack(x)) or n
      end
    end
    if back then return back(call(unpack(a,1,n))) end
    return call(unpack(a,1,n))
  end
end
local own={
  call=through(R.call,function(text) error(text,3) end),
  pcall=through(R.pcall,function(text) return {err='ERR '..text} end),
  acl_check_cmd=R.acl_check_cmd and through(R.acl_check_cmd,function(text) error(text,3) end),
}
setmetatable(own,{__index=R,__metatable=false})
local all={}
for i=1,#KEYS do all[i]=key(KEYS[i]) end
local make,env=rawget(_G,'loadstring'),{}
local function loadstring(text,label)
  text='local redis,KEYS,_G,loadstring,load,getfenv,setfenv=... return function(...) '..tostring(text)..'\nend'
  local f,why=make(text,label)
  if f then return f(own,all,env,env.loadstring,env.load) end
  return f,why
end
local function load(pieces,label)
  local text=''
  for piece in pieces do if piece=='' then break end text=text..piece end
  return loadstring(text,label)
end
env.redis,env.KEYS,env._G,env.loadstring,env.load=own,all,env,loadstring,load
setmetatable(env,{__index=_G,__newindex=_G,__metatable=false})
return own,all,env,loadstring,load
end)();
)lua";

// Any bytes as a string of Lua.
std::string quoted(Slice text) {
  std::string string = "'";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = letter >= ' ' && letter <= '~' && letter != '\'' && letter != '\\';
    std::string digits = std::to_string(byte);
    digits.insert(0, 3 - digits.size(), '0');
    string += plain ? std::string(1, letter) : "\\" + digits;
  }
  return string + "'";
}

std::string lowered(Slice text) {
  std::string word(text);
  std::ranges::transform(word, word.begin(), [](char letter) { return static_cast<char>(lower(letter)); });
  return word;
}

// One step of finding keys: what kind, the word that is looked for, and numbers.
std::string step(char kind, Slice word, std::initializer_list<int> numbers) {
  std::string text(1, kind);
  text += lowered(word);
  for (const int number : numbers) text += "," + std::to_string(number);
  return text + "/";
}

std::string keysOf(const KeySpec& spec) {
  if (spec.notKey) return "";
  if (spec.find == KeySpec::Find::KeyNumber) {
    return step('n', "", {spec.beginIndex, spec.keyNumIndex, spec.firstKey, spec.keyStep});
  }
  const bool keyword = spec.begin == KeySpec::Begin::Keyword;
  return step(keyword ? 'w' : 'r', keyword ? Slice(spec.keyword) : Slice(),
              {keyword ? spec.startFrom : spec.beginIndex, spec.lastKey, spec.keyStep, spec.limit});
}

bool isFirstKeyOnly(const Command& command) {
  if (command.finder != Finder::Specs || command.keySpecs.size() != 1) return false;
  const KeySpec& spec = command.keySpecs.front();
  return spec.begin == KeySpec::Begin::Index && spec.beginIndex == 1 && spec.find == KeySpec::Find::Range &&
         spec.lastKey == 0 && !spec.notKey;
}

std::string replyOf(InKeyspace kind) {
  switch (kind) {
    case InKeyspace::KeyFirst: return "F/";
    case InKeyspace::KeyOfEach: return "E/";
    case InKeyspace::List: return "A/";
    case InKeyspace::Scan: return "S/";
    default: return "";
  }
}

// What counts, deletes or draws among all keys does so among those of others, too.
bool mayBeCalled(const Command& command) {
  const bool aboutAll = command.inKeyspace >= InKeyspace::Count;
  const bool barred = command.inKeyspace == InKeyspace::Refused || aboutAll;
  const bool findable = std::ranges::none_of(command.keySpecs, [](const KeySpec& spec) {
    return spec.find == KeySpec::Find::Unknown || spec.begin == KeySpec::Begin::Unknown ||
           (spec.begin == KeySpec::Begin::Keyword && (spec.find == KeySpec::Find::KeyNumber || spec.startFrom < 0));
  });
  if (barred || command.has(CommandFlag::Admin)) return false;
  if (command.container) return true;
  return command.lane != Lane::Refuse && (findable || command.finder != Finder::Specs);
}

std::string keysOf(const Command& command) {
  if (command.has(CommandFlag::NoScript)) return "b";
  if (!mayBeCalled(command)) return "x";
  if (command.container) return "c";
  if (command.inKeyspace == InKeyspace::Keys && isFirstKeyOnly(command)) return "1";
  const std::string reply = replyOf(command.inKeyspace);
  if (command.inKeyspace == InKeyspace::List) return "k/" + reply;
  if (command.inKeyspace == InKeyspace::Scan) return "s/" + reply;
  if (command.finder == Finder::SortStore) return step('r', "", {1, 0, 1, 0}) + step('o', "store", {2});
  if (command.finder == Finder::GeoStore) {
    return step('r', "", {1, 0, 1, 0}) + step('o', "store", {-command.arity}) + step('o', "storedist", {-command.arity});
  }
  std::string keys;
  for (const KeySpec& spec : command.keySpecs) keys += keysOf(spec);
  return keys + reply;
}

std::string tableOf(const CommandTable& table) {
  std::string text = ";";
  for (const Command& command : table.commands()) {
    text += command.name + "=" + keysOf(command) + ";";
  }
  return text;
}

// Without ends of lines, and what stands before the first word in each.
std::string oneLine(Slice code) {
  std::string line;
  while (!code.empty()) {
    const size_t end = std::min(code.find('\n'), code.size());
    const size_t begin = std::min(code.find_first_not_of(' '), end);
    line += code.substr(begin, end - begin);
    if (end > begin) line += ' ';
    code.remove_prefix(std::min(end + 1, code.size()));
  }
  return line;
}

void fill(std::string& words, Slice place, const std::string& text) { words.replace(words.find(place), place.size(), text); }

}  // namespace

RenamedScript::RenamedScript(const Keyspace& keyspace, const CommandTable& table) : words_(oneLine(kWords)) {
  fill(words_, "@PREFIX@", quoted(keyspace.prefix()));
  fill(words_, "@GLOB@", quoted(keyspace.globPrefix()));
  fill(words_, "@TABLE@", quoted(tableOf(table)));
}

// The shebang is no Lua and stands in a line of its own; without its end it is the nodes' to complain about.
std::string RenamedScript::of(Slice body) const {
  const size_t end = body.starts_with("#!") ? body.find('\n') : Slice::npos;
  if (body.starts_with("#!") && end == Slice::npos) return std::string(body);
  const size_t begin = end == Slice::npos ? 0 : end + 1;
  std::string script;
  script.reserve(words_.size() + body.size());
  script.append(body.substr(0, begin)).append(words_).append(body.substr(begin));
  return script;
}

}  // namespace slotway
